"""What a link fills in of the form for a new PAT: little enough that a stranger's link does no harm.

A link names; the person chooses. It never selects full access or what is high privilege, and never makes a
PAT live longer than by default; what is not known or looks like a secret is left out with a word.
Nothing of the link's own text is repeated but a name that could be stored.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens import rules, scopes
from tokens.forms._expiry import CUSTOM
from tokens.forms._fields import NameField
from tokens.recipes import RECIPES, Recipe

# More than anybody asks for, and few enough digits to read at once.
_DAYS = re.compile(r"[0-9]{1,6}")
_SEPARATORS = re.compile(r"[\s,+]+")
_OFFERED = {scope.code for members in scopes.offered().values() for scope in members}


@dataclass(slots=True)
class Prefill:
    """What was filled in, as initial values and in words, and what was left out, in words.

    `wanted` are scopes that the link asked for and only the person may choose.
    """

    initial: dict[str, object] = field(default_factory=dict)
    filled: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    recipe: Recipe | None = None
    is_link: bool = True

    def __bool__(self) -> bool:
        return bool(self.filled or self.remarks or self.recipe)


def prefill(query: QueryDict, *, organizations: Collection[str]) -> Prefill:
    """Return what the query of a link fills in; `organizations` are the names to choose from."""
    found = Prefill()
    _take_template(found, query)
    _take_name(found, query)
    _take_organization(found, query, organizations)
    _take_scopes(found, query)
    _take_days(found, query)
    return found


def prefill_from(recipe: Recipe) -> Prefill:
    """Return what a template fills in where the person has chosen it on the page itself: all of it."""
    found = Prefill(recipe=recipe, is_link=False)
    found.initial["scopes"] = list(recipe.scopes)
    if recipe.scopes:
        found.filled.append(
            (gettext("Scopes"), ", ".join(str(scopes.label_of(code)) for code in recipe.scopes))
        )
    _set_life(found, recipe.days)
    return found


def link_query(cleaned: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the query of a link that fills in the same, and the labels of the scopes that it may not."""
    codes = sorted(cleaned.get("scopes") or ())
    risky = [code for code in codes if scopes.is_high_privilege(code)]
    pairs = [("name", cleaned.get("name") or ""), ("organization", str(cleaned.get("organization") or ""))]
    pairs += [("scope", code) for code in codes if code not in risky]
    days = cleaned.get("expires") or ""
    if days.isdigit() and int(days) <= rules.DEFAULT_LIFE_DAYS:
        pairs.append(("days", days))
    return urlencode([pair for pair in pairs if pair[1]]), [str(scopes.label_of(code)) for code in risky]


def _take_template(found: Prefill, query: QueryDict) -> None:
    slug = query.get("template", "")
    if not slug:
        return
    found.recipe = RECIPES.get(slug)
    if found.recipe is None:
        found.remarks.append(
            gettext("The link names a template that is not known here. Choose one of those below.")
        )


def _take_name(found: Prefill, query: QueryDict) -> None:
    name = query.get("name", "")
    if not name.strip():
        return
    try:
        cleaned = NameField().clean(name)
    except ValidationError as exc:
        looks_secret = any(error.code == "secret" for error in exc.error_list)
        found.remarks.append(_NOT_A_NAME if looks_secret else _BAD_NAME)
        return
    found.initial["name"] = cleaned
    found.filled.append((gettext("Name"), cleaned))


_NOT_A_NAME = _(
    "The name in the link looks like a secret and was left out. If it is a real one, revoke it: whoever has "
    "seen the link knows it."
)
_BAD_NAME = _("The name in the link cannot be used and was left out. Enter one yourself.")


def _take_organization(found: Prefill, query: QueryDict, organizations: Collection[str]) -> None:
    wanted = query.get("organization", "").strip().lower()
    if not wanted:
        return
    name = next((one for one in organizations if one.lower() == wanted), None)
    if name is None:
        found.remarks.append(
            gettext("The organization in the link is not set up in this portal. Choose one of the list.")
        )
        return
    found.initial["organization"] = name
    found.filled.append((gettext("Organization"), name))


def _take_scopes(found: Prefill, query: QueryDict) -> None:
    asked = {code for text in query.getlist("scope") for code in _SEPARATORS.split(text) if code}
    from_template = set(found.recipe.scopes) if found.recipe else set()
    known = (asked | from_template) & _OFFERED
    least = scopes.without_included(known)
    found.wanted = [code for code in least if scopes.is_high_privilege(code)]
    if codes := [code for code in least if code not in found.wanted]:
        found.initial["scopes"] = codes
        found.filled.append((gettext("Scopes"), ", ".join(str(scopes.label_of(code)) for code in codes)))
    if found.wanted:
        labels = ", ".join(str(scopes.label_of(code)) for code in found.wanted)
        found.remarks.append(
            gettext(
                "High privilege, so no link may choose it: %(scopes)s. Tick it yourself if the token needs "
                "it."
            )
            % {"scopes": labels}
        )
    if unknown := len(asked - _OFFERED):
        told = ngettext(
            "One scope in the link is not known here and was left out.",
            "%(count)s scopes in the link are not known here and were left out.",
            unknown,
        )
        found.remarks.append(told % {"count": unknown})


def _take_days(found: Prefill, query: QueryDict) -> None:
    text = query.get("days", "").strip()
    if not text:
        if found.recipe:
            _set_life(found, found.recipe.days)
        return
    asked = int(text) if _DAYS.fullmatch(text) else 0
    if asked == 0:
        found.remarks.append(
            gettext("The life in the link is no number of days. Choose when the token expires.")
        )
        return
    days = min(asked, rules.DEFAULT_LIFE_DAYS)
    if asked > days:
        found.remarks.append(
            gettext(
                "Links set a life of at most %(count)s days, and this one asks for more. Choose it yourself."
            )
            % {"count": days}
        )
    _set_life(found, days)


def _set_life(found: Prefill, days: int) -> None:
    found.initial |= _life(days)
    told = ngettext("in %(count)s day", "in %(count)s days", days)
    found.filled.append((gettext("Expires"), told % {"count": days}))


def _life(days: int) -> dict[str, object]:
    """Return the initial values for a life of that many days."""
    if days in rules.LIFE_PRESETS_DAYS:
        return {"expires": str(days)}
    # As a field for a day wants it: a day of its own kind would be written as people read it.
    return {"expires": CUSTOM, "expires_date": str(timezone.localdate() + timedelta(days=days))}
