"""What a person had typed when they had to sign in: kept in their session, given back, never submitted.

It stays for its ten minutes, so that a page that is loaded again, perhaps because the first answer was slow,
loses nothing. From the first time on it is that person's alone.

Never keeps a secret: fields that are shaped like one are dropped.
"""

import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, QueryDict

from accounts.middleware import KEPT_FORMS, shorten_session
from accounts.models import User
from patportal.lib.redaction import looks_like_secret

_LIFE_SECONDS = 600
_MOST_FORMS = 5
# Room for any form that a person fills in, with a name of 10,000 characters; strangers may keep forms too.
_MOST_CHARACTERS = 16_000


def keep_form(request: HttpRequest, *, path: str, data: QueryDict, owner_id: int | None = None) -> str:
    """Keep the fields of `data` that were typed at `path` for 10 minutes and return the key to them.

    `owner_id` is the person who typed them, where that is known; by default whoever is signed in.
    """
    if owner_id is None and isinstance(request.user, User):
        owner_id = request.user.pk
    forms = _live_forms(request)
    key = secrets.token_urlsafe(16)
    forms[key] = {"path": path, "fields": _clean(data), "owner_id": owner_id, "at": int(time.time())}
    newest = sorted(forms, key=lambda kept: (forms[kept]["at"], kept == key))[-_MOST_FORMS:]
    request.session[KEPT_FORMS] = {kept: forms[kept] for kept in newest}
    shorten_session(request)
    return key


def take_kept_form(request: HttpRequest, key: str, *, path: str) -> QueryDict | None:
    """Return what was kept under `key` for `path`, None where there is nothing (any more).

    For anybody but the person who typed it, it is forgotten.
    """
    forms = _live_forms(request)
    form = forms.get(key)
    if form is None or form["path"] != path:
        return None
    if form["owner_id"] not in {None, request.user.pk}:
        del forms[key]
        request.session[KEPT_FORMS] = forms
        return None
    if form["owner_id"] is None:
        forms[key] = form | {"owner_id": request.user.pk}
        request.session[KEPT_FORMS] = forms
    data = QueryDict(mutable=True)
    for name, values in form["fields"]:
        data.setlist(name, values)
    data._mutable = False  # noqa: SLF001 - QueryDict has no other way to end it
    return data


def is_form_kept(request: HttpRequest, address: str) -> bool:
    """Tell whether something that was typed waits for whoever comes back to `address` from a sign-in."""
    parts = urlsplit(address)
    key = parse_qs(parts.query).get("kept", [""])[0]
    form = _live_forms(request).get(key)
    return form is not None and form["path"] == parts.path


def _live_forms(request: HttpRequest) -> dict[str, dict[str, Any]]:
    oldest = int(time.time()) - _LIFE_SECONDS
    kept = request.session.get(KEPT_FORMS, {})
    return {key: form for key, form in kept.items() if form["at"] > oldest}


def _clean(data: QueryDict) -> list[tuple[str, list[str]]]:
    room = _MOST_CHARACTERS
    fields = []
    for name, values in data.lists():
        size = len(name) + sum(len(value) for value in values)
        if name == "csrfmiddlewaretoken" or size > room or any(map(looks_like_secret, [name, *values])):
            continue
        room -= size
        fields.append((name, list(values)))
    return fields
