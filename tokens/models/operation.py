"""One intended remote effect and what became of it. The row is written before Azure DevOps is called."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tokens.models.organization import Organization
from tokens.models.pat import Pat

# What tells that a form came again from every other violated constraint.
KEY_CONSTRAINT = "tokens_operation_person_key"
# The error code of a revocation that Azure DevOps took and does not show.
NOT_CONFIRMED = "revocation_not_confirmed"


# Two changes of one PAT at the same time could not be told apart by what it becomes.
CHANGE_CONSTRAINT = "tokens_operation_one_change"
# Two successors at the same time are one too many.
ROTATION_CONSTRAINT = "tokens_operation_one_rotation"

CREATE_VERBS = ["create", "rotate"]
CREATE_STATES = ["requested", "done", "refused", "failed", "nothing_made", "orphaned", "ambiguous"]
CHANGE_VERBS = ["update", "extend", "end"]
CHANGE_STATES = ["requested", "done", "refused", "failed"]
REVOKE_STATES = ["requested", "sent", "done", "refused", "failed"]


class Operation(models.Model):
    """An operation is `requested` until exactly one writer moves it on; its end never changes."""

    class Verb(models.TextChoices):
        CREATE = "create", _("create")
        ROTATE = "rotate", _("rotate")
        UPDATE = "update", _("change")
        EXTEND = "extend", _("extend")
        END = "end", _("bring the expiry forward")
        REVOKE = "revoke", _("revoke")

    class State(models.TextChoices):
        REQUESTED = "requested", _("in progress")
        SENT = "sent", _("sent, not yet confirmed")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused by Azure DevOps")
        FAILED = "failed", _("nothing was changed")
        NOTHING_MADE = "nothing_made", _("the answer was lost, nothing was made")
        ORPHANED = "orphaned", _("the answer was lost, the PAT was found")
        AMBIGUOUS = "ambiguous", _("the answer was lost, several PATs may be the one")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="operations", verbose_name=_("person")
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="operations", verbose_name=_("organization")
    )
    pat = models.ForeignKey(
        Pat, models.SET_NULL, null=True, blank=True, related_name="operations", verbose_name=_("PAT")
    )
    verb = models.CharField(_("what was intended"), max_length=20, choices=Verb.choices)
    state = models.CharField(
        _("what became of it"), max_length=20, choices=State.choices, default=State.REQUESTED
    )
    key = models.CharField(max_length=64)
    content_digest = models.CharField(max_length=64)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    name = models.TextField(_("name"), blank=True)
    scopes = ArrayField(models.TextField(), verbose_name=_("scopes"), default=list)
    asked_valid_to = models.DateTimeField(_("expiry asked for"), null=True, blank=True)
    asked_name = models.TextField(_("name asked for"), blank=True)
    # A rotation's: the PAT that the new one takes over from, and for how long both are to work.
    replaces = models.ForeignKey(
        Pat,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="rotations",
        verbose_name=_("takes over from"),
    )
    overlap_seconds = models.PositiveIntegerField(_("overlap in seconds"), null=True, blank=True)
    # A change's: what the PAT was when it was begun (name, scopes, valid_to).
    before = models.JSONField(_("what the PAT was before"), default=dict, blank=True)

    requested_at = models.DateTimeField(_("asked for"))
    deadline_at = models.DateTimeField(_("deadline"))
    answer_lost_at = models.DateTimeField(_("answer lost at"), null=True, blank=True)
    listed_empty_at = models.DateTimeField(_("first list without it"), null=True, blank=True)
    claimed_until = models.DateTimeField(_("held by a job until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    activity_id = models.CharField(_("Microsoft's activity id"), max_length=64, blank=True)
    dismissed_at = models.DateTimeField(_("notice dismissed"), null=True, blank=True)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name=KEY_CONSTRAINT),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "sent"], finished_at__isnull=True)
                | Q(
                    state__in=["done", "refused", "failed", "nothing_made", "orphaned", "ambiguous"],
                    finished_at__isnull=False,
                ),
                name="tokens_operation_state_finished",
            ),
            models.CheckConstraint(
                condition=Q(verb__in=CREATE_VERBS, state__in=CREATE_STATES)
                | Q(verb__in=CHANGE_VERBS, state__in=CHANGE_STATES)
                | Q(verb="revoke", state__in=REVOKE_STATES),
                name="tokens_operation_verb_state",
            ),
            models.CheckConstraint(
                condition=~Q(verb__in=CREATE_VERBS) | Q(asked_valid_to__isnull=False),
                name="tokens_operation_create_mark",
            ),
            models.UniqueConstraint(
                fields=["pat"],
                condition=Q(state="requested", verb__in=CHANGE_VERBS),
                name=CHANGE_CONSTRAINT,
            ),
            models.UniqueConstraint(
                fields=["replaces", "organization"],
                condition=Q(state="requested", verb="rotate"),
                name=ROTATION_CONSTRAINT,
            ),
        ]
        indexes = [
            models.Index(
                fields=["deadline_at"],
                condition=Q(state__in=["requested", "sent"]),
                name="tokens_operation_open",
            ),
            models.Index(
                fields=["pat"],
                condition=Q(verb__in=CREATE_VERBS, state__in=["nothing_made", "orphaned", "ambiguous"]),
                name="tokens_operation_lost",
            ),
            models.Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False),
                name="tokens_operation_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.id}"

    @property
    def has_come_to_nothing(self) -> bool:
        """Whether it is certain that it changed nothing, so that it may be tried once more."""
        return self.state in {self.State.REFUSED, self.State.FAILED, self.State.NOTHING_MADE}

    @property
    def is_open(self) -> bool:
        """Whether its outcome is not known yet."""
        return self.finished_at is None

    @property
    def makes_a_pat(self) -> bool:
        """Whether it creates a PAT: by itself, or as the successor of another."""
        return self.verb in CREATE_VERBS

    @property
    def changes_a_pat(self) -> bool:
        """Whether it changes a PAT that goes on to exist."""
        return self.verb in CHANGE_VERBS
