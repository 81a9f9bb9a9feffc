"""The Django admin: the audit log and the inventory, to read and never to change."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.text import smart_split, unescape_string_literal
from django.utils.timezone import localtime

from accounts.read_only_admin import ReadOnlyAdmin
from tokens.models import AuditEvent, EventType, Operation, Organization, Pat
from tokens.presenters import event_details


class OrganizationFilter(admin.SimpleListFilter):
    """Offers the organizations there are; asking the log itself which occur would read all of it."""

    title = "organization"
    parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [(name, name) for name in Organization.objects.order_by("name").values_list("name", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(organization=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit log, newest first."""

    list_display = [
        "moment",
        "type_in_words",
        "outcome",
        "who",
        "pat_name",
        "organization",
        "error_code",
    ]
    list_filter = ["type", "outcome", "actor_kind", OrganizationFilter]
    fields = [
        "moment",
        "type_in_words",
        "outcome",
        "actor_kind",
        "actor_label",
        "actor_tenant_id",
        "actor_object_id",
        "owner_label",
        "owner_tenant_id",
        "owner_object_id",
        "pat_name",
        "authorization_id",
        "organization",
        "operation_id",
        "request_id",
        "activity_id",
        "error_code",
        "address",
        "user_agent",
        "details",
    ]
    search_fields = [
        "actor_label__icontains",
        "owner_label__icontains",
        "pat_name__icontains",
        "request_id__icontains",
        "activity_id__iexact",
    ]
    search_hint = "Finds people, PATs, events by their words, request ids and Microsoft's activity ids."
    ordering = ["-id"]
    list_display_links = ["moment"]

    @admin.display(description="time", ordering="id")
    def moment(self, event: AuditEvent) -> str:
        return localtime(event.at).strftime("%Y-%m-%d %H:%M:%S %Z")

    @admin.display(description="event", ordering="type")
    def type_in_words(self, event: AuditEvent) -> str:
        return event.get_type_display()

    @admin.display(description="who", ordering="actor_label")
    def who(self, event: AuditEvent) -> str:
        if not event.owner_label or event.owner_label == event.actor_label:
            return event.actor_label
        return f"{event.actor_label}, for {event.owner_label}"

    @admin.display(description="details")
    def details(self, event: AuditEvent) -> str:
        lines = [(detail.label, detail.value) for detail in event_details(event)]
        if not lines:
            return "-"
        rows = format_html_join("", "<div><dt>{}:</dt> <dd><bdi>{}</bdi></dd></div>", lines)
        return format_html('<dl class="details">{}</dl>', rows)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[AuditEvent],
        search_term: str,
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Return the events in which each word occurs, or in whose type in words it does; none twice."""
        return queryset.filter(*(self._occurrence(word) for word in _words_in(search_term))), False

    def _occurrence(self, word: str) -> Q:
        """Return where one word occurs. The events' words are the portal's own, so types stand for them."""
        types = [one.value for one in EventType if word.casefold() in one.label.casefold()]
        found: list[Any] = [(lookup, word) for lookup in self.search_fields]
        return Q.create([*found, ("type__in", types)], connector=Q.OR)


def _words_in(search_term: str) -> list[str]:
    """Return the words of a search as all lists of the admin take them: what is in quotes stays together."""
    return [
        unescape_string_literal(word) if word[0] in "\"'" and word[0] == word[-1] != word else word
        for word in smart_split(search_term)
    ]


@admin.register(Pat)
class PatAdmin(ReadOnlyAdmin):
    """The inventory: metadata of everybody's PATs."""

    list_display = ["name", "organization", "user", "valid_to", "revoked_at", "is_global"]
    list_filter = ["organization", "is_global"]
    list_select_related = ["organization", "user"]
    search_fields = ["name", "user__display_name", "user__user_principal_name"]
    ordering = ["valid_to", "id"]


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """What people and jobs intended and what became of it."""

    list_display = ["requested_at", "verb", "state", "name", "organization", "user", "error_code"]
    list_filter = ["verb", "state", "organization"]
    list_select_related = ["organization", "user"]
    exclude = ["key", "content_digest"]
    ordering = ["-requested_at", "id"]


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    """The organizations that were configured at some time."""

    list_display = ["name", "instance_id"]
    ordering = ["name"]
