"""The pages that a person's browser visits: choose an account, give permission, sign out, or meet a problem.

They say plainly that this is the sandbox, need no script, and are small enough to be plain templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from sandbox.state import Person
from sandbox.wire import Response

_FOLDER = Path(__file__).parent
_ROLES = {"PatPortal.Admin": "Administrator", "PatPortal.Auditor": "Auditor"}


def template(name: str) -> Template:
    """Return one of the templates beside this module."""
    return Template((_FOLDER / name).read_text(encoding="utf-8"))


def style_sheet() -> bytes:
    """Return the one style sheet of all pages."""
    return (_FOLDER / "sandbox.css").read_bytes()


def framed(title: str, body: str, *, wide: bool = False) -> str:
    """Return a whole page."""
    return template("frame.html").substitute(
        title=escape(title), body=body, width="wide" if wide else "narrow"
    )


def choose_account(
    domain: str, people: Sequence[Person], arguments: Mapping[str, str], preselected: str | None
) -> str:
    """Return the page on which a person is chosen; `preselected` is an object id."""
    hidden = _hidden({name: value for name, value in arguments.items() if name != "person"})
    ordered = sorted(people, key=lambda person: person.object_id != preselected)
    buttons = "".join(_button(person, is_first=person.object_id == preselected) for person in ordered)
    body = template("choose_account.html").substitute(domain=escape(domain), hidden=hidden, buttons=buttons)
    return framed("Choose an account", body)


def _hidden(arguments: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in arguments.items()
    )


def consent(
    question: str, account: str, permissions: Sequence[str], arguments: Mapping[str, str], *, title: str
) -> str:
    """Return the page on which permission is given or refused; `arguments` come back with the answer."""
    body = template("consent.html").substitute(
        question=escape(question),
        account=escape(account),
        permissions="".join(f"<li>{escape(one)}</li>" for one in permissions),
        hidden=_hidden(arguments),
    )
    return framed(title, body)


def _button(person: Person, *, is_first: bool) -> str:
    return template("account.html").substitute(
        object_id=escape(person.object_id),
        name=escape(person.name),
        detail=escape(" · ".join([person.user_name, *described(person)])),
        shows=f'<span class="shows">{escape(person.shows)}</span>' if person.shows else "",
        focus=" autofocus" if is_first else "",
    )


def described(person: Person) -> list[str]:
    """Return in words what sets a person apart: roles, guest, disabled."""
    words = [_ROLES.get(role, role) for role in person.roles]
    return [*words, *(["Guest"] if person.is_guest else []), *(["Disabled"] if person.is_disabled else [])]


def signed_out(target: str | None, frames: Sequence[str]) -> str:
    """Return the page after signing out, with a way back when there is one."""
    link = f'<p><a class="action" href="{escape(target)}">Continue</a></p>' if target else ""
    hidden = "".join(f'<iframe hidden title="Sign-out" src="{escape(frame)}"></iframe>' for frame in frames)
    return framed("You signed out", template("signed_out.html").substitute(link=link, frames=hidden))


def problem(sentence: str, lines: Mapping[str, str], *, title: str = "You could not be signed in") -> str:
    """Return the page of an error, with its ids."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in lines.items())
    return framed(title, template("problem.html").substitute(sentence=escape(sentence), rows=rows))


def landing(people: Sequence[str]) -> str:
    """Return the page of somebody who came to the sandbox itself."""
    names = "".join(f"<li>{escape(name)}</li>" for name in people)
    return framed("PAT Portal sandbox", template("landing.html").substitute(names=names))


def origin(address: str) -> str:
    """Return scheme and host of an address, as a policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def secured(response: Response, *, form_targets: str = "", frames: Sequence[str] = ()) -> Response:
    """Add the headers of a page: no script, nothing from elsewhere, forms only where it redirects."""
    origins = sorted({origin(one) for one in frames})
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_targets}; frame-src {' '.join(origins) or chr(39) + 'none' + chr(39)}"
    )
    response.headers += [
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return response
