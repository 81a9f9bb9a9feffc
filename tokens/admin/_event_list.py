"""The list of audit events: pages that go on from a row; nothing is counted, sorted or skipped.

What is common now is found at once along the times, what ended long ago by the index of its column or of
names. No statistics tell which of the two it is: so a filter never goes along the times, and a search does
for a bounded number of events.
"""

from typing import Any, Literal

from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from patportal.lib.keyset import NEWER, OLDER, KeysetPage, keyset_page
from tokens.admin._filters import ColumnFilter, DaysFilter
from tokens.admin._search import search_page
from tokens.models.audit import along_time


class EventList(ChangeList):
    """One page of events with the addresses of the pages beside it."""

    page: KeysetPage[Any]
    nearby: QuerySet[Any]

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        # They say where the page is, and filter nothing; links to other pages must not carry them on.
        for name in (OLDER, NEWER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        events = super().get_queryset(request, exclude_parameters)
        self.nearby = along_time(self.root_queryset)
        for spec in self.filter_specs:
            if isinstance(spec, DaysFilter):
                self.nearby = spec.queryset(request, self.nearby)
        is_by_column = any(isinstance(spec, ColumnFilter) and spec.value for spec in self.filter_specs)
        return events if is_by_column or self.query else along_time(events)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:  # noqa: ARG002
        return ["-at", "-id"]

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        return {}

    def get_results(self, request: HttpRequest) -> None:
        if self.query:
            self.page = search_page(self.queryset, self.nearby, request.GET, size=self.list_per_page)
        else:
            self.page = keyset_page(self.queryset, request.GET, size=self.list_per_page)
        self.result_list = self.page.rows
        # Nobody counts: the templates are told what is on this page.
        self.result_count = self.full_result_count = len(self.page.rows)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False

    @property
    def has_days(self) -> bool:
        """Whether the list shows certain days only."""
        return any(isinstance(spec, DaysFilter) and (spec.first or spec.last) for spec in self.filter_specs)

    @property
    def chosen(self) -> dict[str, str]:
        """What the list is filtered by, by the names that stand in its address."""
        used = [item for spec in self.filter_specs for item in spec.used_parameters.items()]
        found = {name: str(value) for name, value in used if value}
        return {**found, **({"search": self.query} if self.query else {})}

    @property
    def newest_url(self) -> str:
        """The address of the newest page under the same filters, "" where this is it."""
        return "" if self.page.is_newest else self.get_query_string()

    @property
    def newer_url(self) -> str:
        """The address of the page with newer events, "" where there is none."""
        return self.get_query_string(dict(self.page.newer)) if self.page.newer else ""

    @property
    def older_url(self) -> str:
        """The address of the page with older events, "" where there is none."""
        return self.get_query_string(dict(self.page.older)) if self.page.older else ""

    @property
    def kept_params(self) -> list[tuple[str, str]]:
        """What the form of the filters carries on: the search, and nothing that the form itself says."""
        said = {name for spec in self.filter_specs for name in spec.expected_parameters()}
        return [(name, value) for name, value in self.params.items() if name not in said]
