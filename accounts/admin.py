"""People and alarms in the Django admin, to be looked at. Who may do what is decided in Entra."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.alarms import text_of
from accounts.claims import Role
from accounts.diagnosis import step_against
from accounts.models import Alarm, User
from accounts.read_only_admin import ReadOnlyAdmin
from accounts.tenants import known_home_tenant_id, label_of

# Importing Django's own admin of groups first makes sure that there is something to take back.
if admin.site.is_registered(Group) and auth_admin:
    admin.site.unregister(Group)


class RoleFilter(admin.SimpleListFilter):
    """Tells people by a role of the portal, whatever its group is called."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [(role.name.lower(), str(role.label)) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        chosen = [role.group_name for role in Role if role.name.lower() == self.value()]
        return queryset.filter(groups__name__in=chosen) if chosen else queryset


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People with their roles."""

    list_display = ["__str__", "user_principal_name", "role_names", "guest", "is_active", "signed_in_at"]
    list_filter = [RoleFilter, "is_guest", "is_active", "signed_in_at"]
    search_fields = ["display_name", "user_principal_name", "email", "object_id__exact"]
    ordering = ["display_name", "user_principal_name"]
    fields = [
        "display_name",
        "user_principal_name",
        "email",
        "tenant_id",
        "object_id",
        "guest",
        "role_names",
        "is_active",
        "may_look",
        "created_at",
        "signed_in_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found: QuerySet[User] = super().get_queryset(request)
        return found.prefetch_related("groups")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns, the organization among them where people come from several."""
        columns = list(super().get_list_display(request))
        return [*columns[:2], "tenant", *columns[2:]] if settings.ENTRA_ADDITIONAL_TENANTS else columns

    @admin.display(description=_("organization"), ordering="tenant_id")
    def tenant(self, user: User) -> str:
        """Return the operator's name for the person's tenant."""
        if user.tenant_id == known_home_tenant_id():
            return gettext("the portal's own")
        return label_of(user.tenant_id)

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        """Return the person's roles, and the names of groups that are none."""
        labels = {role.group_name: str(role.label) for role in Role}
        return ", ".join(sorted(labels.get(group.name, group.name) for group in user.groups.all())) or "-"

    @admin.display(description=_("guest"), ordering="is_guest")
    def guest(self, user: User) -> str:
        """Return whether the person is a guest; that most people are none is worth no mark."""
        return gettext("Guest") if user.is_guest else "-"

    @admin.display(description=_("this administration"))
    def may_look(self, user: User) -> str:
        """Return whether the person's roles open these pages."""
        return gettext("open to this person") if user.is_staff else gettext("closed to this person")


class IsOpenFilter(admin.SimpleListFilter):
    """Tells alarms that last from those that are over."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("open", gettext("open")), ("over", gettext("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if self.value() in {"open", "over"}:
            return queryset.filter(ended_at__isnull=self.value() == "open")
        return queryset


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What concerns everybody and an operator has to mend; an alarm ends by itself when that is done."""

    list_display = ["title", "next_step", "number", "last_at", "state"]
    list_filter = [IsOpenFilter]
    ordering = ["-last_at", "id"]
    fields = [
        "title",
        "next_step",
        "code_as_such",
        "detail",
        "number",
        "correlation_id",
        "first_at",
        "last_at",
        "count",
        "ended_at",
    ]

    def render_change_form(  # noqa: PLR0917 - the signature is Django's
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Head the page of an alarm with what is the matter; its code is for the log."""
        headed = {**context, "subtitle": self.title(obj)}
        return super().render_change_form(request, headed, add, change, form_url, obj)

    @admin.display(description=_("alarm"), ordering="code")
    def title(self, alarm: Alarm) -> str:
        """Return what is the matter, and in which tenant where it is not the portal's own."""
        tenant_id = alarm.code.partition(":")[2]
        title = str(text_of(alarm).title)
        return f"{title} ({label_of(UUID(tenant_id))})" if tenant_id else title

    @admin.display(description=_("code"))
    def code_as_such(self, alarm: Alarm) -> str:
        """Return the code by which the log knows the alarm."""
        return format_html("<code>{}</code>", alarm.code)

    @admin.display(description=_("what to do"))
    def next_step(self, alarm: Alarm) -> str:
        """Return what an operator has to do."""
        return str(step_against(alarm))

    @admin.display(description=_("AADSTS number"), ordering="aadsts")
    def number(self, alarm: Alarm) -> str:
        """Return the number of Entra's refusal as Microsoft writes it."""
        return f"AADSTS{alarm.aadsts}" if alarm.aadsts else "-"

    @admin.display(description=_("state"), ordering="ended_at")
    def state(self, alarm: Alarm) -> str:
        """Return whether it lasts."""
        return gettext("open") if alarm.ended_at is None else gettext("over")
