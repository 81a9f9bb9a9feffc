"""Many PATs at once: what was asked for, and one row for each PAT with what became of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tokens.models.operation import Operation
from tokens.models.pat import Pat

BULK_KEY_CONSTRAINT = "tokens_bulk_person_key"


class BulkChange(models.Model):
    """One request to extend or revoke many PATs of one person; jobs carry it out."""

    class Verb(models.TextChoices):
        EXTEND = "extend", _("extend")
        REVOKE = "revoke", _("revoke")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bulk_changes")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    key = models.CharField(max_length=64)
    content_digest = models.CharField(max_length=64)
    is_everything = models.BooleanField(_("everything of the person"), default=False)
    requested_at = models.DateTimeField()
    request_id = models.CharField(max_length=64, blank=True)
    stopped_at = models.DateTimeField(_("stopped by the person"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name=BULK_KEY_CONSTRAINT),
            models.CheckConstraint(condition=Q(verb__in=["extend", "revoke"]), name="tokens_bulk_verb"),
        ]
        indexes = [models.Index(fields=["requested_at"], name="tokens_bulk_requested")]

    def __str__(self) -> str:
        return f"{self.verb} {self.id}"


class BulkPause(models.Model):
    """Until when Azure DevOps asked for quiet: that concerns all bulk changes of the person at once."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="bulk_pause"
    )
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"pause of {self.user_id}"


class BulkItem(models.Model):
    """One PAT of a bulk change. Its result is that of its operation, or why there was none."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("in progress")
        SENT = "sent", _("handed to its operation")
        NOT_DONE = "not_done", _("not done")

    bulk = models.ForeignKey(BulkChange, models.CASCADE, related_name="items")
    pat = models.ForeignKey(Pat, models.CASCADE, related_name="bulk_items")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    # For an extension: the expiry that the person saw, and the one they want.
    seen_valid_to = models.DateTimeField(null=True, blank=True)
    asked_valid_to = models.DateTimeField(null=True, blank=True)
    operation = models.ForeignKey(
        Operation, models.SET_NULL, null=True, blank=True, related_name="bulk_items"
    )
    error_code = models.CharField(max_length=64, blank=True)
    activity_id = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # Attempts after which Azure DevOps asked for a pause, which are no failures.
    put_off = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bulk", "pat"], name="tokens_bulk_item_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "sent", "not_done"]),
                name="tokens_bulk_item_state",
            ),
            models.CheckConstraint(
                condition=Q(seen_valid_to=None, asked_valid_to=None)
                | Q(seen_valid_to__isnull=False, asked_valid_to__isnull=False),
                name="tokens_bulk_item_dates",
            ),
        ]
        indexes = [
            models.Index(
                fields=["bulk", "position"],
                condition=Q(state__in=["waiting", "running"]),
                name="tokens_bulk_item_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pat_id} of {self.bulk_id}"
