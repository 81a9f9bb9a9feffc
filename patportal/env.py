"""The only reader of the environment: typed, strict, and clear about what is wrong.

Every method reads one variable, or the file that `NAME_FILE` points to, and raises
`ImproperlyConfigured` with a sentence that names the variable. It knows formats, not the portal.
"""

import base64
import binascii
import os
import re
from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

from patportal.lib.networks import is_loopback

_MULTI_TENANT_AUTHORITIES = {"common", "organizations", "consumers"}
# The directory of all personal Microsoft accounts, which `consumers` stands for.
_PERSONAL_ACCOUNTS = UUID("9188040d-6c67-4c5b-b112-36a304b66dad")
_TENANT_LABEL_LENGTH = 60
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class Environment:
    """Typed access to environment variables; `names` collects every variable that was asked for."""

    _missing: ClassVar[object] = object()

    def __init__(self, source: Any = None) -> None:
        self._source = environ.fileaware_mapping.FileAwareMapping(env=source)
        self.names: set[str] = set()

    def _raw(self, name: str, default: Any = _missing) -> Any:
        self.names.add(name)
        try:
            value = self._source.get(name)
        except OSError as exc:
            raise ImproperlyConfigured(
                f"{name}_FILE names a file that cannot be read: {exc.strerror}."
            ) from exc
        except UnicodeDecodeError as exc:
            raise ImproperlyConfigured(f"{name}_FILE names a file that is not UTF-8 text.") from exc
        if value is not None and value.strip():
            return value.strip()
        if default is self._missing:
            raise ImproperlyConfigured(f"{name} is not set. docs/configuration.md says what it is for.")
        return default

    def text(self, name: str, default: Any = _missing) -> str:
        """Return the variable as text without surrounding white space."""
        return str(self._raw(name, default))

    def optional(self, name: str) -> str | None:
        """Return the variable, or None where it is unset or empty."""
        value = self._raw(name, None)
        return None if value is None else str(value)

    def secret(self, name: str, *, minimum_length: int = 1) -> str:
        """Return a secret of at least `minimum_length` characters; errors never quote its value."""
        value = self.text(name)
        if len(value) < minimum_length:
            raise ImproperlyConfigured(f"{name} is too short: it needs at least {minimum_length} characters.")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean: 1/true/yes/on or 0/false/no/off."""
        value = self.text(name, "true" if default else "false").lower()
        if value not in _TRUE | _FALSE:
            raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
        return value in _TRUE

    def integer(self, name: str, *, default: int, minimum: int, maximum: int) -> int:
        """Return a whole number within bounds, both included."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"\d{1,10}", value) or not minimum <= int(value) <= maximum:
            raise ImproperlyConfigured(f"{name} must be a whole number from {minimum} to {maximum}.")
        return int(value)

    def choice(self, name: str, default: str, *, choices: Collection[str]) -> str:
        """Return one of `choices`."""
        value = self.text(name, default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}.")
        return value

    def day(self, name: str) -> date | None:
        """Return a day such as 2027-03-31, or None where the variable is unset."""
        value = self.optional(name)
        try:
            return None if value is None else date.fromisoformat(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a day such as 2027-03-31.") from None

    def guid(self, name: str) -> str | None:
        """Return a GUID as text, or None where the variable is unset."""
        value = self.optional(name)
        if value is not None and not _is_uuid(value):
            raise ImproperlyConfigured(f"{name} must be a GUID such as 00000000-0000-0000-0000-000000000000.")
        return value

    def names_list(self, name: str, default: Any = _missing) -> list[str]:
        """Return a comma-separated list without empty entries."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def scopes(self, name: str, default: Any = _missing) -> list[str]:
        """Return scopes as `resource/permission`, separated by spaces or commas, all of one resource."""
        found = [part for part in re.split(r"[\s,]+", self.text(name, default)) if part]
        parts = [scope.rpartition("/") for scope in found]
        if not all(map(all, parts)) or len({resource for resource, _, _ in parts}) != 1:
            raise ImproperlyConfigured(
                f"{name} must name permissions of one resource, each as resource/permission."
            )
        return found

    def ca_bundle(self, name: str) -> str | None:
        """Return the path of a file or folder of certificates, or None where the variable is unset."""
        value = self.optional(name)
        if value is not None and not os.access(value, os.R_OK):
            raise ImproperlyConfigured(f"{name} names a file that does not exist or cannot be read.")
        return value

    def proxy(self, name: str) -> str | None:
        """Return a proxy's address, or None where it is unset; errors never quote it and its password."""
        value = self.optional(name)
        if value is not None and not _is_proxy(value):
            raise ImproperlyConfigured(f"{name} must look like http://host:port or https://host:port.")
        return value

    def database(self, name: str, default: str | None = None) -> dict[str, Any]:
        """Return Django's settings of the Postgres database that a URL names."""
        url = self.text(name) if default is None else self.text(name, default)
        if urlsplit(url).scheme not in {"postgres", "postgresql"}:
            raise ImproperlyConfigured(
                f"{name} must be a Postgres address such as postgres://user@host:5432/name."
            )
        try:
            config: dict[str, Any] = environ.Env.db_url_config(url)
        except ValueError as exc:
            raise ImproperlyConfigured(f"{name} is not a valid database address.") from exc
        if not config["NAME"] or not config["HOST"]:
            raise ImproperlyConfigured(f"{name} must name a host and a database.")
        return config

    def email(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's e-mail settings from a URL such as smtp+tls://user@host:587."""
        try:
            config: dict[str, Any] = environ.Env.email_url_config(self.text(name, default))
        except (ImproperlyConfigured, KeyError, ValueError) as exc:
            raise ImproperlyConfigured(
                f"{name} is not a valid e-mail address of a server, see the docs."
            ) from exc
        return config

    def domains(self, name: str) -> list[str]:
        """Return domains such as example.com in lower case; none where the variable is unset."""
        found = [entry.lower() for entry in self.names_list(name, "")]
        if not all(map(_DOMAIN.fullmatch, found)):
            raise ImproperlyConfigured(f"{name} must be a list of domains such as example.com.")
        return found

    def time_zone(self, name: str, default: str) -> str:
        """Return the name of a time zone that this machine knows."""
        value = self.text(name, default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ImproperlyConfigured(f"{name} is not a known time zone: {value!r}.") from exc
        return value

    def keys(self, name: str) -> dict[str, bytes]:
        """Return encryption keys by id, in order, from `id:base64,id:base64`; each has 32 bytes."""
        found: dict[str, bytes] = {}
        for entry in self.names_list(name):
            key_id, _, encoded = entry.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if not _KEY_ID.fullmatch(key_id) or len(key) != 32 or key_id in found:
                raise ImproperlyConfigured(
                    f"{name} must be a list of id:base64 with distinct ids and 32 bytes each "
                    f"(entry {len(found) + 1} is not)."
                )
            found[key_id] = key
        if not found:
            raise ImproperlyConfigured(f"{name} holds no key.")
        return found

    def organizations(self, name: str) -> list[str]:
        """Return the names of Azure DevOps organizations, distinct without regard to case."""
        found = self.names_list(name)
        for organization in found:
            if not _ORGANIZATION.fullmatch(organization):
                raise ImproperlyConfigured(
                    f"{name}: {organization!r} is not an organization's name (the part after dev.azure.com/)."
                )
        if not found or len({organization.lower() for organization in found}) != len(found):
            raise ImproperlyConfigured(f"{name} must name at least one organization, and each only once.")
        return found

    def tenants(self, name: str) -> dict[UUID, str]:
        """Return directories by their GUIDs from `GUID=Label,GUID`; a label left out is the GUID."""
        found: dict[UUID, str] = {}
        for entry in self.names_list(name, ""):
            guid, _, label = (part.strip() for part in entry.partition("="))
            if not _is_uuid(guid) or UUID(guid) in found:
                raise ImproperlyConfigured(
                    f"{name} must be a list of GUID=Label with distinct GUIDs, which entry {len(found) + 1} "
                    "is not."
                )
            if UUID(guid) == _PERSONAL_ACCOUNTS:
                raise ImproperlyConfigured(f"{name} names {guid}, which lets in any personal account.")
            if len(label) > _TENANT_LABEL_LENGTH or not label.isprintable():
                raise ImproperlyConfigured(
                    f"{name}: the label of {guid} must have at most {_TENANT_LABEL_LENGTH} characters, all "
                    "printable."
                )
            found[UUID(guid)] = label or str(UUID(guid))
        return found

    def https_url(self, name: str, default: Any = _missing, *, hosts: set[str] | None) -> str:
        """Return an https address without trailing slash; `hosts` bounds its host unless it is None."""
        value = self.text(name, default).rstrip("/")
        parts = self._split(name, value)
        if parts.scheme != "https":
            raise ImproperlyConfigured(f"{name} must start with https://.")
        if hosts is not None and parts.hostname not in hosts:
            raise ImproperlyConfigured(
                f"{name} names {parts.hostname}, which is not one of Microsoft's hosts. "
                "Set ALLOW_OTHER_HOSTS=true only if you mean it."
            )
        return value

    def authority(self, name: str, *, hosts: set[str] | None) -> str:
        """Return the Entra authority `https://host/tenant`; the tenant is a GUID or a domain."""
        value = self.https_url(name, hosts=hosts)
        tenant = urlsplit(value).path.strip("/")
        if tenant.lower() in _MULTI_TENANT_AUTHORITIES or tenant.lower() == str(_PERSONAL_ACCOUNTS):
            raise ImproperlyConfigured(
                f"{name} ends in {tenant!r}, which lets in people of any directory. Name your tenant's GUID."
            )
        if not _is_uuid(tenant) and not _DOMAIN.fullmatch(tenant):
            raise ImproperlyConfigured(f"{name} must end in your tenant's GUID, as in https://host/GUID.")
        return value

    def origin(self, name: str) -> str:
        """Return the portal's own address: https, or http on this machine only; no path."""
        value = self.text(name).rstrip("/")
        parts = self._split(name, value)
        if parts.path or parts.scheme not in {"http", "https"}:
            raise ImproperlyConfigured(
                f"{name} must look like https://host or https://host:port, without a path."
            )
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ImproperlyConfigured(
                f"{name} must be https; plain http is accepted for this machine alone."
            )
        return value

    def _split(self, name: str, value: str) -> Any:
        try:
            parts = urlsplit(value)
            has_port = parts.port is None or parts.port > 0
        except ValueError:
            raise ImproperlyConfigured(f"{name} is not a valid address.") from None
        if not parts.hostname or not has_port or parts.username or parts.query or parts.fragment:
            raise ImproperlyConfigured(
                f"{name} is not a valid address: it needs a host and no user, query or fragment."
            )
        return parts


def sudo_user() -> str:
    """Return who ran this process through sudo, as sudo says; "" without it. It configures nothing."""
    return Environment().optional("SUDO_USER") or ""


def _is_proxy(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return len(text) == 36
