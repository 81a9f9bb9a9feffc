"""Who wants to be reminded when, and what was announced: rows that are made once a step is due.

Which step is due is `tokens.rules`' business, finding and claiming that of `tokens.operations`.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tokens import rules
from tokens.models.outgoing_mail import OutgoingMail
from tokens.models.pat import Pat


def all_steps() -> list[int]:
    """Return the steps of somebody who chose none: every one there is."""
    return list(rules.REMINDER_STEPS_DAYS)


class ReminderSettings(models.Model):
    """What one person wants; nobody needs a row, and without one the defaults hold.

    `remind_at` is the database's: a trigger sets it to the epoch whenever what is wanted changes, so that
    all PATs of the person are looked at again.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="reminder_settings",
        verbose_name=_("person"),
    )
    steps = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("days before"), default=all_steps, blank=True
    )
    # A name of the IANA database; "" while nobody has said, and then that of the portal holds.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    muted_until = models.DateTimeField(_("muted until"), null=True, blank=True)
    # By the one-click link of a mail: that of the last day comes all the same.
    unsubscribed_until = models.DateTimeField(_("muted by one click until"), null=True, blank=True)
    welcomed_at = models.DateTimeField(_("first digest made"), null=True, blank=True)
    remind_at = models.DateTimeField(_("to be looked at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("settings of reminders")
        verbose_name_plural = _("settings of reminders")
        constraints = [
            models.CheckConstraint(
                condition=Q(steps__contained_by=list(rules.REMINDER_STEPS_DAYS)),
                name="tokens_reminder_settings_steps",
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="tokens_reminder_settings_due",
            ),
        ]

    def __str__(self) -> str:
        return gettext("reminders of %(user)s") % {"user": self.user_id}

    def is_muted(self, *, now: datetime) -> bool:
        """Whether the person wants to hear nothing at all."""
        return self.muted_until is not None and now < self.muted_until

    def is_unsubscribed(self, *, now: datetime) -> bool:
        """Whether the person wants to hear of the last day alone."""
        return self.unsubscribed_until is not None and now < self.unsubscribed_until

    def is_told_of_last_day(self, *, now: datetime) -> bool:
        """Whether a mail comes on the last day, whatever the link of a mail stopped."""
        return rules.LAST_DAY in self.steps and not self.is_muted(now=now)


class Reminder(models.Model):
    """One step of one PAT's end: made when it is due, never twice. `valid_to` is the end that is announced.

    That is the PAT's expiry, or the day on which Microsoft ends those for all organizations.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for its mail")
        SENT = "sent", _("accepted by the mail server")
        NOT_NEEDED = "not_needed", _("no longer true when it was to be sent")
        FAILED = "failed", _("given up")

    pat = models.ForeignKey(Pat, models.CASCADE, related_name="reminders", verbose_name=_("PAT"))
    valid_to = models.DateTimeField(_("announced end"))
    step_days = models.PositiveSmallIntegerField(_("days before"))
    made_at = models.DateTimeField(_("made"), db_index=True)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="reminders")
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.WAITING)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["pat", "valid_to", "step_days"], name="tokens_reminder_once"),
            models.CheckConstraint(
                condition=Q(step_days__in=list(rules.REMINDER_STEPS_DAYS)), name="tokens_reminder_step"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "not_needed", "failed"]),
                name="tokens_reminder_state",
            ),
        ]

    def __str__(self) -> str:
        told = ngettext(
            "%(count)s day before the end of %(pat)s",
            "%(count)s days before the end of %(pat)s",
            self.step_days,
        )
        return told % {"count": self.step_days, "pat": self.pat_id}
