"""The Django admin: the audit log and the inventory, to read and never to change."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime

from tokens.models import AuditEvent, Operation, Organization, Pat

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for type checkers only


class ReadOnlyAdmin(ModelAdmin):
    """Shows rows to those who may view them; there is nothing to add, change or delete."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        # Postgres has no such text; the search field says so by itself.
        if any("\x00" in value for name, value in request.GET.items() if name != "q"):
            raise BadRequest("NUL in a filter")
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


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
        "actor_label",
        "owner_label",
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
        "data",
    ]
    search_fields = ["actor_label", "owner_label", "pat_name", "request_id", "=activity_id"]
    ordering = ["-id"]
    list_display_links = ["moment"]

    @admin.display(description="time", ordering="id")
    def moment(self, event: AuditEvent) -> str:
        return localtime(event.at).strftime("%Y-%m-%d %H:%M:%S %Z")

    @admin.display(description="event", ordering="type")
    def type_in_words(self, event: AuditEvent) -> str:
        return event.get_type_display()


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
