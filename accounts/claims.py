"""From the claims of a validated ID token to a profile and roles. Pure: no database, no Entra."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text

_NAME_LENGTH, _ADDRESS_LENGTH, _HINT_LENGTH, _SID_LENGTH = 256, 320, 1024, 128
_GUEST = 1
# Invisible, but part of how names are written in several scripts.
_JOINERS = "\u200c\u200d"


class Role(StrEnum):
    """An app role of the registration; the value is what Entra sends in `roles`."""

    ADMIN = "PatPortal.Admin"
    AUDITOR = "PatPortal.Auditor"

    @property
    def group_name(self) -> str:
        """Return the name of the Django group that stands for this role."""
        return _GROUP_NAMES[self]

    @property
    def label(self) -> Text:
        """Return what people read: the name of a group is what the database knows it by."""
        return _LABELS[self]


_GROUP_NAMES = {Role.ADMIN: "Portal administrators", Role.AUDITOR: "Auditors"}
_LABELS: dict[Role, Text] = {Role.ADMIN: _("Portal administrators"), Role.AUDITOR: _("Auditors")}


@dataclass(frozen=True, slots=True)
class Profile:
    """Who signed in. Only `tenant_id` with `object_id` identifies; everything else may change.

    `sid` is Entra's id of its own session, empty where the registration does not ask for it.
    """

    tenant_id: UUID
    object_id: UUID
    display_name: str
    user_principal_name: str
    email: str
    login_hint: str
    is_guest: bool
    roles: frozenset[Role]
    unknown_roles: frozenset[str]
    sid: str = field(repr=False)


def profile_of(claims: Mapping[str, Any]) -> Profile:
    """Return the profile in `claims`, which `id_token.validate` has accepted."""
    names = _role_names(claims.get("roles"))
    known = {role.value for role in Role}
    return Profile(
        tenant_id=UUID(claims["tid"]),
        object_id=UUID(claims["oid"]),
        display_name=_text(claims.get("name"), _NAME_LENGTH),
        user_principal_name=_text(claims.get("preferred_username"), _ADDRESS_LENGTH),
        email=_text(claims.get("email"), _ADDRESS_LENGTH),
        login_hint=_whole(claims.get("login_hint"), _HINT_LENGTH),
        is_guest=claims.get("acct") in (_GUEST, str(_GUEST)),
        roles=frozenset(Role(name) for name in names & known),
        unknown_roles=frozenset(_text(name, 64) for name in names - known),
        sid=_whole(claims.get("sid"), _SID_LENGTH),
    )


def _role_names(claim: Any) -> set[str]:
    return {name for name in claim if isinstance(name, str)} if isinstance(claim, list) else set()


def _text(claim: Any, length: int) -> str:
    """Return one line without control, surrogate or direction characters, cut to `length`."""
    if not isinstance(claim, str):
        return ""
    return " ".join("".join(_visible(char) for char in claim).split())[:length]


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Cc", "Cs"}:
        return " "
    return "" if category == "Cf" and char not in _JOINERS else char


def _whole(claim: Any, length: int) -> str:
    """Return an opaque value unchanged, or nothing where it cannot be kept whole."""
    text = claim if isinstance(claim, str) else ""
    return text if len(text) <= length and text.isascii() and text.isprintable() else ""
