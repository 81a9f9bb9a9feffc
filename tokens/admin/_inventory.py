"""The inventory in the admin: everybody's PATs, what was intended with them, and where they are."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.read_only_admin import ReadOnlyAdmin
from patportal.lib.texts import called
from tokens.models import Operation, Organization, Pat


@admin.register(Pat)
class PatAdmin(ReadOnlyAdmin):
    """The inventory: metadata of everybody's PATs."""

    list_display = ["called", "organization", "user", "valid_to", "revoked_at", "is_global"]
    list_filter = ["organization", "is_global"]
    list_select_related = ["organization", "user"]
    search_fields = ["name", "user__display_name", "user__user_principal_name"]
    ordering = ["valid_to", "id"]

    @admin.display(description=_("name"), ordering="name")
    def called(self, pat: Pat) -> str:
        """Return its name, which leads to the row even where it is blank."""
        return str(pat)


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """What people and jobs intended and what became of it."""

    list_display = ["requested_at", "verb", "state", "called", "organization", "user", "error_code"]
    list_filter = ["verb", "state", "organization"]
    list_select_related = ["organization", "user"]
    exclude = ["key", "content_digest"]
    ordering = ["-requested_at", "id"]

    @admin.display(description=_("name"))
    def called(self, operation: Operation) -> str:
        """Return the name of its PAT as people see it; an operation that asked for none has none."""
        return called(operation.name) if operation.name else ""


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    """The organizations that were configured at some time."""

    list_display = ["name", "instance_id"]
    ordering = ["name"]
