"""The sign-out page: ends the browser's session, tells the application's frames, and goes back."""

from __future__ import annotations

from urllib.parse import urlencode

from sandbox import pages
from sandbox.calls import Call
from sandbox.entra.authorize import SESSION_COOKIE, session_key
from sandbox.entra.registration import is_loopback
from sandbox.wire import Response, html_response

_SECONDS_SHOWN = 1


def answer(call: Call) -> Response:
    """Answer a browser that comes to sign out, by GET or POST."""
    values = call.request.form if call.request.method == "POST" else call.request.arguments
    world = call.site.world
    with world.lock:
        session = world.sessions.pop(session_key(call), None)
    sids = [sid for _, sid in session.people.values()] if session else []
    target = _target(call, values)
    frames = _frames(call, sids)
    response = pages.secured(html_response(pages.signed_out(target, frames)), frames=frames)
    response.headers.append(("Set-Cookie", f"{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"))
    if target:
        response.headers.append(("Refresh", f"{_SECONDS_SHOWN}; url={target}"))
    return response


def _target(call: Call, values: dict[str, str]) -> str | None:
    address = values.get("post_logout_redirect_uri", "")
    registered = call.tenant.settings.redirect_uris
    is_allowed = address in registered if registered else is_loopback(address)
    if not is_allowed or not address.isascii() or not address.isprintable():
        return None
    if "state" in values:
        address += ("&" if "?" in address else "?") + urlencode({"state": values["state"]})
    return address


def _frames(call: Call, sids: list[str]) -> list[str]:
    address = call.tenant.settings.front_channel_logout_url
    if address is None:
        return []
    return [f"{address}{'&' if '?' in address else '?'}{urlencode({'sid': sid})}" for sid in sids]
