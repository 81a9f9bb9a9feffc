"""Audit events as sentences: in the third person for auditors, as "You" for whom they concern.

What was erased is told as such. The sentences of each type are in `_audit_words`, how they are filled in
`_audit_telling`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.actors import ActorKind
from patportal.lib.texts import Text, is_visible
from tokens.models import AuditEvent, Outcome
from tokens.presenters._audit_facts import Values
from tokens.presenters._audit_pat_words import REPLACED
from tokens.presenters._audit_telling import Fuller, Telling
from tokens.presenters._audit_words import TELLINGS
from tokens.presenters._isolation import as_html, as_text, isolated
from tokens.presenters._pats import Badge

ERASED_PERSON = _("Somebody (erased)")
ERASED_NAME = _("(name erased)")
_UNKNOWN_ICON = "information-circle"


class Reader(Protocol):
    """Whoever reads about themselves; the accounts app's User fits."""

    @property
    def tenant_id(self) -> UUID:
        """The tenant's id."""

    @property
    def object_id(self) -> UUID:
        """The person's id in it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened: `str()` of it is plain text; in `html` names cannot turn the words around them."""

    marked: str

    def __str__(self) -> str:
        return as_text(self.marked)

    @property
    def html(self) -> SafeString:
        """The sentence as HTML, escaped."""
        return as_html(self.marked)


def sentence(
    event: AuditEvent, *, reader: Reader | None = None, is_about_it: bool = False, is_of_old: bool = False
) -> Sentence:
    """Return what happened, to `reader` as "you"; with `is_about_it` the PAT is "it", as on its own page.

    `is_of_old` tells the event of a rotation on the page of the PAT that was replaced.
    """
    telling = REPLACED if is_of_old else TELLINGS.get(event.type)
    if telling is None:
        label = event.get_type_display()
        return Sentence(f"{label[:1].upper()}{label[1:]}.")
    who = isolated(_who(event, reader))
    pat, owner = _Pat(event, reader, is_it=is_about_it), _Owner(event, reader)
    words, values = _words(telling, event, is_own=reader is not None)
    told = words.format_map(
        {
            "who": who,
            "pat": pat,
            "called": pat.called,
            "owner": owner,
            "person": owner.person,
            "place": isolated(event.organization) if event.organization else gettext("an organization"),
            **values,
        }
    )
    return Sentence(told if told.startswith(who) else f"{told[:1].upper()}{told[1:]}")


def event_icon(event: AuditEvent) -> str:
    """Return the name of the icon of an event's type."""
    telling = TELLINGS.get(event.type)
    return telling.icon if telling else _UNKNOWN_ICON


def outcome_badge(event: AuditEvent) -> Badge:
    """Return how what the event tells of ended."""
    return _OUTCOMES.get(event.outcome) or Badge(event.outcome, event.outcome, _UNKNOWN_ICON, "quiet")


def who_acted(event: AuditEvent) -> str:
    """Return the name of who acted as it is recorded; the portal and operators with the part they played."""
    if event.actor_label:
        return event.actor_label
    return str(ERASED_PERSON) if event.is_erased else pgettext("who acted", "Somebody")


def who_is_concerned(event: AuditEvent) -> str:
    """Return the name of the person concerned, "" where that is nobody or who acted."""
    if _is_owner_acting(event) or event.owner_object_id is None:
        return ""
    return event.owner_label or (str(ERASED_PERSON) if event.is_erased else "")


def pat_name_of(event: AuditEvent) -> str:
    """Return the name of the PAT as it was then, "" where the event is about none."""
    return str(ERASED_NAME) if _is_pat_name_erased(event) else event.pat_name


def _is_pat_name_erased(event: AuditEvent) -> bool:
    return not event.pat_name and event.is_erased and event.authorization_id is not None


def _words(telling: Telling, event: AuditEvent, *, is_own: bool) -> tuple[Text, Values]:
    """Return the fullest sentence for which something was recorded, and what that is."""
    words, fuller = telling.words, telling.fuller
    if is_own and telling.own:
        words, fuller = telling.own
    elif event.actor_kind == ActorKind.SYSTEM and telling.by_portal:
        words, fuller = telling.by_portal
    return _fullest(fuller, event) or (words, {})


def _fullest(fuller: Fuller, event: AuditEvent) -> tuple[Text, Values] | None:
    recorded = event.recorded
    return next(((words, values) for read, words in fuller if (values := read(recorded))), None)


def _who(event: AuditEvent, reader: Reader | None) -> str:
    if event.actor_kind == ActorKind.SYSTEM:
        return gettext("The portal")
    if _is_reader(reader, event.actor_tenant_id, event.actor_object_id):
        return pgettext("who acted", "You")
    return who_acted(event)


def _is_reader(reader: Reader | None, tenant_id: UUID | None, object_id: UUID | None) -> bool:
    return reader is not None and (reader.tenant_id, reader.object_id) == (tenant_id, object_id)


def _is_owner_acting(event: AuditEvent) -> bool:
    owner = event.owner_tenant_id, event.owner_object_id
    return event.owner_object_id is not None and (event.actor_tenant_id, event.actor_object_id) == owner


class _Pat:
    """The PAT that an event is about; behind a colon, something of it: of "it", and of one that is named."""

    def __init__(self, event: AuditEvent, reader: Reader | None, *, is_it: bool) -> None:
        self._is_it = is_it
        name, is_own = event.pat_name, reader is not None
        called = gettext("a token") if is_own else gettext("a PAT")
        if is_visible(name):
            called = f"“{isolated(name)}”"
        elif _is_pat_name_erased(event):
            called = gettext("a token (name erased)") if is_own else gettext("a PAT (name erased)")
        is_readers = _is_reader(reader, event.owner_tenant_id, event.owner_object_id)
        concerned = "" if is_readers else who_is_concerned(event)
        self.called = _placed(called, whose=concerned, where=event.organization)

    def __format__(self, forms: str) -> str:
        if not forms:
            return pgettext("a PAT", "it") if self._is_it else self.called
        of_it, _bar, of_named = forms.partition("|")
        return of_it if self._is_it else of_named


class _Owner:
    """The person whom an event concerns; behind a colon, something of theirs in each person."""

    def __init__(self, event: AuditEvent, reader: Reader | None) -> None:
        name = event.owner_label or (
            str(ERASED_PERSON) if event.is_erased else pgettext("who is concerned", "somebody")
        )
        self.person = isolated(name[:1].lower() + name[1:] if name == str(ERASED_PERSON) else name)
        self._is_reader = _is_reader(reader, event.owner_tenant_id, event.owner_object_id)
        self._is_acting = _is_owner_acting(event)

    def __format__(self, forms: str) -> str:
        if forms:
            yours, theirs, of_person = forms.split("|", 2)
        else:
            yours, theirs = pgettext("who is concerned", "you"), pgettext("who is concerned", "them")
            of_person = self.person
        return yours if self._is_reader else theirs if self._is_acting else of_person


def _placed(called: str, *, whose: str, where: str) -> str:
    """Return what a PAT is called, with its owner and organization where they are to be told."""
    if whose and where:
        told = gettext("%(pat)s of %(owner)s in %(organization)s")
    elif whose:
        told = gettext("%(pat)s of %(owner)s")
    elif where:
        told = gettext("%(pat)s in %(organization)s")
    else:
        return called
    return told % {"pat": called, "owner": isolated(whose), "organization": isolated(where)}


_OUTCOMES: Mapping[str, Badge] = {
    Outcome.REQUESTED: Badge("requested", _("Requested"), "clock", "info"),
    Outcome.SUCCESS: Badge("success", _("Success"), "check-circle", "good"),
    Outcome.REFUSED: Badge("refused", _("Refused"), "no-symbol", "warn"),
    Outcome.FAILED: Badge("failed", _("Failed"), "x-circle", "bad"),
    Outcome.UNKNOWN: Badge("unknown", _("Unknown"), "question-mark-circle", "warn"),
}
