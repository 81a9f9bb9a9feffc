"""What was announced to whom, and what became of it: for when somebody says that they heard nothing."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.read_only_admin import ReadOnlyAdmin
from tokens.models import Reminder, ReminderSettings

# Some thousands a day: what is older is counted by nobody here, and told by the audit log.
_SHOWN = timedelta(days=90)


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """The reminders of the last months, with the state of each and of its mail."""

    list_display = ["made_at", "owner", "pat", "organization", "valid_to", "step_days", "state", "mail_state"]
    list_filter = ["state", "step_days"]
    list_select_related = ["pat__user", "pat__organization", "mail"]
    search_fields = ["pat__user__user_principal_name__istartswith"]
    search_hint = _("The beginning of the owner's sign-in name")
    fields = ["made_at", "owner", "pat", "organization", "valid_to", "step_days", "state", "mail_state"]
    ordering = ["-made_at", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(made_at__gte=timezone.now() - _SHOWN)

    @admin.display(description=_("person"))
    def owner(self, reminder: Reminder) -> User:
        return reminder.pat.user

    @admin.display(description=_("organization"))
    def organization(self, reminder: Reminder) -> str:
        return reminder.pat.organization.name

    @admin.display(description=_("its mail"))
    def mail_state(self, reminder: Reminder) -> str:
        """Say where the mail stands; how often it was tried, and why the last time failed."""
        mail = reminder.mail
        if mail is None:
            return gettext("none of its owner's")
        facts = {"kind": mail.get_kind_display(), "code": mail.error_code, "count": mail.attempts}
        if mail.sent_at:
            return gettext("%(kind)s, accepted") % facts
        if mail.given_up_at:
            told = ngettext(
                "%(kind)s, given up (%(code)s), tried %(count)s time",
                "%(kind)s, given up (%(code)s), tried %(count)s times",
                mail.attempts,
            )
        elif mail.not_needed_at:
            told = gettext("%(kind)s, not needed")
        elif mail.attempts:
            told = ngettext(
                "%(kind)s, waits (%(code)s), tried %(count)s time",
                "%(kind)s, waits (%(code)s), tried %(count)s times",
                mail.attempts,
            )
        else:
            told = gettext("%(kind)s, waits")
        return told % facts


@admin.register(ReminderSettings)
class ReminderSettingsAdmin(ReadOnlyAdmin):
    """What people want to hear of, and until when they do not."""

    list_display = ["user", "steps", "time_zone", "muted_until", "unsubscribed_until", "welcomed_at"]
    list_select_related = ["user"]
    search_fields = ["user__user_principal_name__istartswith"]
    search_hint = _("The beginning of a sign-in name")
    ordering = ["user_id"]
