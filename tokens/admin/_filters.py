"""What the audit log is filtered by. Each filter is answered by an index.

What may be chosen is never looked for in the log itself: that would read all of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.timezone import make_aware
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens.models import EventType, Organization, Outcome
from tokens.presenters import ACTOR_KINDS, SUBJECTS

FIRST_DAY, LAST_DAY = "from", "to"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter may have."""

    value: str
    label: Text
    is_selected: bool


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Values under a heading; "" for no heading."""

    heading: Text
    choices: list[Choice]


class _Filter(admin.ListFilter):
    """A filter that takes its parameters out of the address and is drawn by the list's own form."""

    names: tuple[str, ...] = ()

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.names:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def choices(self, changelist: Any) -> Iterator[Any]:  # noqa: ARG002
        return iter(())


class ColumnFilter(_Filter):
    """Keeps the events in which one column has the chosen value."""

    column = ""
    template = "admin/tokens/auditevent/filter_choice.html"

    @property
    def name(self) -> str:
        """The name of the field in the form."""
        return self.names[0]

    @property
    def value(self) -> str:
        """What is chosen, "" for nothing."""
        return str(self.used_parameters.get(self.name, ""))

    def known(self) -> Iterable[tuple[Text, str, Text]]:
        """Yield heading, value and label of what may be chosen."""
        raise NotImplementedError

    def groups(self) -> list[ChoiceGroup]:
        """Return what may be chosen, and what is chosen though it is not known."""
        found: dict[Text, list[Choice]] = {}
        for heading, value, label in self.known():
            found.setdefault(heading, []).append(Choice(value, label, value == self.value))
        listed = {choice.value for choices in found.values() for choice in choices}
        if self.value and self.value not in listed:
            found.setdefault("", []).append(Choice(self.value, self.value, is_selected=True))
        return [ChoiceGroup(heading, choices) for heading, choices in found.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(**{self.column: self.value}) if self.value else queryset


class TypeFilter(ColumnFilter):
    """By what happened."""

    title, names, column = _("event"), ("type",), "type"

    def known(self) -> Iterable[tuple[Text, str, Text]]:
        for one in EventType:
            yield SUBJECTS.get(one.value.partition(".")[0], ""), one.value, one.label


class OutcomeFilter(ColumnFilter):
    """By how it ended."""

    title, names, column = _("outcome"), ("outcome",), "outcome"

    def known(self) -> Iterable[tuple[Text, str, Text]]:
        return (("", one.value, one.label) for one in Outcome)


class OrganizationFilter(ColumnFilter):
    """By where it happened."""

    title, names, column = _("organization"), ("organization",), "organization"

    def known(self) -> Iterable[tuple[Text, str, Text]]:
        names = Organization.objects.order_by("name").values_list("name", flat=True)
        return (("", name, name) for name in names)


class ActorKindFilter(ColumnFilter):
    """By what kind of actor did it."""

    title, names, column = _("kind of actor"), ("actor_kind",), "actor_kind"

    def known(self) -> Iterable[tuple[Text, str, Text]]:
        return (("", value, label) for value, label in ACTOR_KINDS.items())


class DaysFilter(_Filter):
    """From one day to another, both included, in the portal's time zone; what is no date is told."""

    title, names = _("days"), (FIRST_DAY, LAST_DAY)
    template = "admin/tokens/auditevent/filter_days.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.first = self._day(request, FIRST_DAY)
        self.last = self._day(request, LAST_DAY)

    def _day(self, request: HttpRequest, name: str) -> date | None:
        text = str(self.used_parameters.get(name, ""))
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
            _begin(day)
            _begin(day + timedelta(days=1))
        except (ValueError, OverflowError):
            messages.warning(
                request,
                gettext("“%(text)s” is no date, so it limits nothing. Write a day like 2026-11-24.")
                % {"text": text[:40]},
            )
            return None
        return day

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if self.first is not None:
            queryset = queryset.filter(at__gte=_begin(self.first))
        if self.last is not None:
            queryset = queryset.filter(at__lt=_begin(self.last + timedelta(days=1)))
        return queryset


FILTERS = (TypeFilter, OutcomeFilter, OrganizationFilter, ActorKindFilter, DaysFilter)
FILTER_NAMES = frozenset(name for one in FILTERS for name in one.names)


def _begin(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
