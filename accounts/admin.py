"""People in the Django admin, to be looked at. Who may do what is decided in Entra; nothing changes here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.models import User

# Importing Django's own admin of groups first makes sure that there is something to take back.
if admin.site.is_registered(Group) and auth_admin:
    admin.site.unregister(Group)


if TYPE_CHECKING:
    _UserModelAdmin = admin.ModelAdmin[User]
else:
    _UserModelAdmin = admin.ModelAdmin  # generic for type checkers only


@admin.register(User)
class UserAdmin(_UserModelAdmin):
    """Read-only list of people with their roles, for whom a role allows to look."""

    list_display = ["__str__", "user_principal_name", "role_names", "is_active", "signed_in_at"]
    list_filter = ["groups", "is_active", "signed_in_at"]
    search_fields = ["display_name", "user_principal_name", "email", "object_id__exact"]
    ordering = ["display_name", "user_principal_name"]
    fields = [
        "display_name",
        "user_principal_name",
        "email",
        "tenant_id",
        "object_id",
        "role_names",
        "is_active",
        "is_staff",
        "created_at",
        "signed_in_at",
    ]
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="roles")
    def role_names(self, user: User) -> str:
        """Return the names of the person's groups."""
        return ", ".join(sorted(group.name for group in user.groups.all())) or "-"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:  # noqa: ARG002
        return {}
