"""What came back from the wire, made safe: secrets wrapped, the access token removed, texts bounded.

Nothing in here raises because of what the server sent. An exception keeps the text it stumbled over
(JSONDecodeError and UnicodeDecodeError do), and the text of a create's answer contains a secret.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_plus
from uuid import UUID

from ._challenge import claims_in
from .types import Secret

NOT_JSON: Final = object()

_SECRET_FIELDS = frozenset({"token", "alternatetoken"})
_ANONYMOUS = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ACTIVITY_ID = re.compile(r"[0-9a-f-]{8,64}", re.IGNORECASE)
_SERVICE_CODE = re.compile(r"\b(?:VS|TF)\d{5,6}\b")
_TAG = re.compile(r"<[/!?A-Za-z][^<>]*+(?:>|\Z)")
_TYPE_KEY = re.compile(r"[A-Za-z0-9_.]{1,100}")
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_REMOVED = "[removed]"
_LONGEST_REMARK = 500
_LONGEST_READ = 20_000  # of a text or page, in search of a code or a sentence


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer, or only a piece of one; `is_sent` is False only if certainly nothing of the request left."""

    reason: str
    is_sent: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the service; header names are lower-case, `document` is JSON with every secret wrapped.

    `page_code` is the service's code in a body that is not JSON; nothing else is kept of such a body, but
    whether it `began_as_json`: such an answer was cut short or damaged, and is no page.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    document: object = field(repr=False)
    is_html: bool
    page_code: str = field(default="", repr=False)
    began_as_json: bool = field(default=False, repr=False)

    @property
    def is_json(self) -> bool:
        """Tell whether the body was JSON."""
        return self.document is not NOT_JSON

    @property
    def is_success(self) -> bool:
        """Tell whether the status says that all went well, which is a claim and no proof."""
        return 200 <= self.status < 300

    @property
    def asks_for_sign_in(self) -> bool:
        """Tell whether this is one of the ways to say "not authenticated": 401, redirect, sign-in page."""
        may_be_page = self.is_success and not self.is_json and not self.began_as_json
        is_page = may_be_page and (self.is_html or self.status == 203)
        return is_page or self.status == 401 or 300 <= self.status < 400

    @property
    def pat_error(self) -> str:
        """Return `patTokenError` as sent, empty if it is absent or says that there was none."""
        code = self._field("patTokenError")
        return _tidy(code, 100) if isinstance(code, str) and code.casefold() != "none" else ""

    @property
    def has_pat(self) -> bool:
        """Tell whether the answer carries a PAT."""
        return self._field("patToken") is not None

    @property
    def remark(self) -> str:
        """Return what the service said about a failure, as one bounded line without markup."""
        value = self._field("value")
        texts = (
            self._field("patTokenErrorMessage"),
            self._field("message"),
            self._field("Message"),
            value.get("Message") if isinstance(value, dict) else None,
            unquote_plus(self.headers.get("x-tfs-serviceerror", "")),
            unquote_plus(self.headers.get("x-vss-hostofflineerror", "")),
        )
        remarks = (_without_markup(text) for text in texts if isinstance(text, str))
        return next((remark for remark in remarks if remark), "")

    @property
    def type_key(self) -> str:
        """Return the name of the service's exception, empty if there is none."""
        full = self._field("typeName")
        short = full.partition(",")[0].rpartition(".")[2] if isinstance(full, str) else ""
        for name in (self._field("typeKey"), short):
            if isinstance(name, str) and _TYPE_KEY.fullmatch(name):
                return name
        return ""

    @property
    def service_code(self) -> str:
        """Return the code in the remark, such as VS403463, or the name of the service's exception."""
        match = _SERVICE_CODE.search(self.remark)
        return match[0] if match else self.page_code or self.type_key

    @property
    def activity_id(self) -> str:
        """Return the id that Microsoft's support asks for, empty if none came that looks like one."""
        candidates = (self.headers.get(name, "") for name in ("activityid", "x-vss-e2eid"))
        return next((text for text in candidates if _ACTIVITY_ID.fullmatch(text)), "")

    @property
    def is_identity_known(self) -> bool:
        """Tell whether the service recognised the caller, although it may not let them in."""
        named = [self.headers.get("x-vss-userdata", "").partition(":")[0]]
        if "TF400813" in self.remark:
            named += _GUID.findall(self.remark)
        return any(identity and identity.lower() != _ANONYMOUS for identity in named)

    @property
    def claims(self) -> str:
        """Return the claims challenge as sent (base64), empty if there is none."""
        return claims_in(self.headers.get("www-authenticate", ""))

    @property
    def resource_tenant(self) -> UUID | None:
        """Return the Entra tenant that backs the organization (all zeros: none does), None if untold."""
        text = self.headers.get("x-vss-resourcetenant", "").strip()
        return UUID(text) if _GUID.fullmatch(text) else None

    @property
    def is_host_offline(self) -> bool:
        """Tell whether the service says that it does not serve the organization at the moment."""
        return self.status >= 400 and "x-vss-hostofflineerror" in self.headers

    @property
    def sent_at(self) -> datetime | None:
        """Return the server's clock as it answered, to the second."""
        return _http_date(self.headers.get("date", ""))

    @property
    def clock_offset(self) -> timedelta | None:
        """Return the server's clock minus ours, to about a second; to be asked as soon as it came."""
        return None if self.sent_at is None else self.sent_at - datetime.now(UTC)

    @property
    def retry_after(self) -> float | None:
        """Return for how many seconds the service asks to wait, None if it does not."""
        text = self.headers.get("retry-after", "").strip()
        if _SECONDS.fullmatch(text):
            return float(text)
        moment = _http_date(text)
        if moment is None:
            return None
        return max(0.0, (moment - (self.sent_at or datetime.now(UTC))).total_seconds())

    def _field(self, name: str) -> object:
        return self.document.get(name) if isinstance(self.document, dict) else None


def read_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, access_token: Secret | None
) -> Answer:
    """Build an Answer; a server that echoes the request does not get the access token into it."""
    clean = dict(headers)
    if access_token is not None:
        bearer = access_token.reveal()
        clean = {name: value.replace(bearer, _REMOVED) for name, value in headers.items()}
        body = body.replace(bearer.encode(), _REMOVED.encode())
    document = _parse(body)
    return Answer(
        status=status,
        headers={name.lower(): value for name, value in clean.items()},
        document=document,
        is_html=_looks_like_html(headers.get("Content-Type", ""), body),
        page_code=_code_in(body) if document is NOT_JSON else "",
        began_as_json=_begins_with(body, b"{"),
    )


def _parse(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_wrap_secrets)
    except (ValueError, RecursionError):
        return NOT_JSON


def _wrap_secrets(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {name: _wrapped(name, value) for name, value in pairs}


def _wrapped(name: str, value: object) -> object:
    is_secret = isinstance(value, str) and value and name.lower() in _SECRET_FIELDS
    return Secret(str(value)) if is_secret else value


def _looks_like_html(content_type: str, body: bytes) -> bool:
    is_said = content_type.lower().startswith(("text/html", "application/xhtml"))
    return is_said or _begins_with(body, b"<")


def _begins_with(body: bytes, sign: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(sign)


def _code_in(body: bytes) -> str:
    match = _SERVICE_CODE.search(body[:_LONGEST_READ].decode("latin-1"))
    return match[0] if match else ""


def _without_markup(text: str) -> str:
    return _tidy(_TAG.sub(" ", text[:_LONGEST_READ]), _LONGEST_REMARK)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _tidy(text: str, longest: int) -> str:
    """Bound a text from outside and make it one printable line."""
    cleaned = "".join(character if character.isprintable() else " " for character in text[:longest])
    return " ".join(cleaned.split())
