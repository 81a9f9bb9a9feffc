"""Mails that are to be sent: written with what they are about, sent by a job, ticked off when accepted."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutgoingMail(models.Model):
    """One mail to a person of the portal, or to an address; its words are made when it is sent.

    `key` is unique, so that nothing is told twice; the Message-ID follows from it, so that a mail server that
    gets it twice can tell. `facts` are ids and plain values, never a secret.
    """

    class Kind(models.TextChoices):
        ROTATION_UNCONFIRMED = "rotation_unconfirmed", _("rotation not confirmed")
        BACKUP_INVITATION = "backup_invitation", _("asked to be backup owner")
        REMINDER_DIGEST = "reminder_digest", _("reminder")
        WELCOME_DIGEST = "welcome_digest", _("first reminder")
        GLOBAL_STOP = "global_stop", _("end of PATs for all organizations")
        BACKUP_REMINDER = "backup_reminder", _("reminder to a backup owner")
        TEST_MAIL = "test_mail", _("test mail")
        UNSUBSCRIBED = "unsubscribed", _("reminders muted by one click")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, choices=Kind.choices)
    key = models.CharField(max_length=120, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="outgoing_mails"
    )
    address = models.CharField(max_length=320, blank=True)
    facts = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(_("accepted by the mail server"), null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    not_needed_at = models.DateTimeField(_("no longer true when it was due"), null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(address=""), name="tokens_mail_recipient"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(sent_at=None, given_up_at=None, not_needed_at=None),
                name="tokens_mail_due",
            ),
            models.Index(
                fields=["due_at"],
                condition=~Q(sent_at=None, given_up_at=None, not_needed_at=None),
                name="tokens_mail_done",
            ),
        ]

    @property
    def is_open_or_sent(self) -> bool:
        """Whether it has told something or is still to: not given up, and needed when it was due."""
        return self.given_up_at is None and self.not_needed_at is None

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
