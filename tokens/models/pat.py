"""The mirror: our copy of the metadata of one person's PATs. A secret has no column here."""

import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import called
from tokens import rules, scopes
from tokens.models.backup_contact import BackupContact
from tokens.models.organization import Organization

# How long the page waits for word that the secret arrived before it says so.
RECEIPT_PATIENCE = timedelta(minutes=10)
# How long the page looks for the confirmation of a revocation by itself.
CONFIRMATION_PATIENCE = timedelta(minutes=1)


def global_stop_at() -> datetime:
    """Return when Microsoft ends every PAT for all organizations."""
    return datetime.combine(settings.GLOBAL_PATS_STOP_ON, time.min, tzinfo=UTC)


class PatQuerySet(models.QuerySet["Pat"]):
    """The statuses of a PAT as conditions: it is active, expired or revoked, exactly one at any moment."""

    @staticmethod
    def status_conditions(*, now: datetime) -> dict[str, Q]:
        """Return the condition of every status; `expiring` and `powerful` are parts of `active`."""
        is_gone = Q(revoked_at__isnull=False) | Q(vanished_at__isnull=False)
        is_over, soon = Q(valid_to__lte=now), now + rules.EXPIRING_WITHIN
        is_expiring = Q(valid_to__lte=soon)
        if now >= global_stop_at():
            is_over |= Q(is_global=True)
        if soon >= global_stop_at():
            is_expiring |= Q(is_global=True)
        return {
            "active": ~is_gone & ~is_over,
            # One whose end the portal looks after needs nobody's attention any more.
            "expiring": ~is_gone & ~is_over & is_expiring & Q(ends_at__isnull=True),
            "powerful": ~is_gone & ~is_over & (Q(scopes__overlap=scopes.powerful()) | Q(is_global=True)),
            "expired": ~is_gone & is_over,
            "revoked": is_gone,
            "all": Q(),
        }

    def with_status(self, status: str, *, now: datetime) -> Self:
        return self.filter(self.status_conditions(now=now)[status])

    def active(self, *, now: datetime) -> Self:
        """PATs that work now, those that expire soon among them."""
        return self.with_status("active", now=now)

    def untouched_since(self, moment: datetime) -> Self:
        """PATs that nobody issued, changed, revoked or saw revoked at or after `moment`: lists lag behind."""
        return self.exclude(
            Q(issued_at__gte=moment)
            | Q(changed_at__gte=moment)
            | Q(revocation_sent_at__gte=moment)
            | Q(revoked_at__gte=moment)
        )


class Pat(models.Model):
    """One PAT of one person as it was last seen in Azure DevOps."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="pats", verbose_name=_("person")
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="pats", verbose_name=_("organization")
    )
    authorization_id = models.UUIDField(_("authorization id"))
    name = models.TextField(_("name"))
    scopes = ArrayField(models.TextField(), verbose_name=_("scopes"), default=list)
    is_global = models.BooleanField(_("all organizations"), default=False)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"))

    first_seen_at = models.DateTimeField(_("first seen"))
    written_at = models.DateTimeField(_("last written"))
    revocation_sent_at = models.DateTimeField(_("revocation sent"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("seen as revoked"), null=True, blank=True)
    vanished_at = models.DateTimeField(_("no longer listed"), null=True, blank=True)
    expiry_recorded_at = models.DateTimeField(_("expiry recorded"), null=True, blank=True, editable=False)

    issued_at = models.DateTimeField(_("issued by the portal"), null=True, blank=True)
    received_at = models.DateTimeField(_("secret received"), null=True, blank=True)
    is_left_over = models.BooleanField(_("possibly left over"), default=False)
    changed_at = models.DateTimeField(_("last changed by the portal"), null=True, blank=True)

    # What a rotation adds: from whom it took over, when the portal ends it, and how long it would have lived.
    replaces = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("takes over from"),
    )
    ends_at = models.DateTimeField(_("ended by the portal at"), null=True, blank=True)
    full_valid_to = models.DateTimeField(_("expiry before it was brought forward"), null=True, blank=True)
    # Azure DevOps shows PATs of sister organizations as well; they are acted on through the one they name.
    instance_id = models.UUIDField(_("id of the organization it names"), null=True, blank=True)

    # What its owner noted; Azure DevOps knows nothing of it.
    purpose = models.TextField(_("purpose"), blank=True)
    review_date = models.DateField(_("to be reviewed by"), null=True, blank=True)
    backup_contact = models.ForeignKey(
        BackupContact,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="pats",
        verbose_name=_("backup owner"),
    )

    # A trigger keeps these two (sql/reminders.sql): when reminders look at it again, None if there is nothing
    # left to announce; and from when on steps count, because its end was put off then.
    remind_at = models.DateTimeField(_("next look for reminders"), null=True, blank=True, editable=False)
    remind_from = models.DateTimeField(_("reminders count from"), null=True, blank=True, editable=False)
    reminders_muted_until = models.DateTimeField(_("reminders muted until"), null=True, blank=True)

    objects = PatQuerySet.as_manager()

    class Meta:
        verbose_name = _("PAT")
        verbose_name_plural = _("PATs")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "authorization_id"], name="tokens_pat_person_authorization"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "valid_to"], name="tokens_pat_user_valid_to"),
            models.Index(
                fields=["ends_at"],
                condition=Q(ends_at__isnull=False, revoked_at__isnull=True, vanished_at__isnull=True),
                name="tokens_pat_ending",
            ),
            models.Index(
                fields=["valid_to"],
                condition=Q(
                    expiry_recorded_at__isnull=True, revoked_at__isnull=True, vanished_at__isnull=True
                ),
                name="tokens_pat_expiring",
            ),
            models.Index(
                fields=["remind_at", "user"],
                condition=Q(remind_at__isnull=False),
                name="tokens_pat_to_remind",
            ),
        ]

    def __str__(self) -> str:
        """What it is called wherever people read; `name` is what Azure DevOps holds."""
        return called(self.name)

    @property
    def is_revoked(self) -> bool:
        """Whether Azure DevOps shows it as revoked, or does not show it any more."""
        return self.revoked_at is not None or self.vanished_at is not None

    def is_stopped(self, *, now: datetime) -> bool:
        """Whether Microsoft has ended it because it was for all organizations."""
        return self.is_global and now >= global_stop_at()

    def is_expired(self, *, now: datetime) -> bool:
        """Whether it works no more although nobody revoked it."""
        return self.valid_to <= now or self.is_stopped(now=now)

    @property
    def is_owned_elsewhere(self) -> bool:
        """Whether it belongs to an organization that is not set up here, so that nothing can be done."""
        own = self.organization.instance_id
        return self.instance_id is not None and own is not None and self.instance_id != own

    @property
    def stops_at(self) -> datetime:
        """The earliest of its expiry, the end that the portal gives it, and the stop of global PATs."""
        own = self.valid_to if self.ends_at is None else min(self.valid_to, self.ends_at)
        return min(own, global_stop_at()) if self.is_global else own

    def is_active(self, *, now: datetime) -> bool:
        return not self.is_revoked and not self.is_expired(now=now)

    def is_being_revoked(self, *, now: datetime) -> bool:
        """Whether its revocation was sent so recently that a page may wait for the confirmation."""
        return (
            self.revocation_sent_at is not None
            and not self.is_revoked
            and now - self.revocation_sent_at < CONFIRMATION_PATIENCE
        )

    def is_untouched_since(self, moment: datetime) -> bool:
        """Whether a list read since `moment` can be trusted about it, as in the queryset."""
        touched = (self.issued_at, self.changed_at, self.revocation_sent_at, self.revoked_at)
        return all(at is None or at < moment for at in touched)

    def is_unreceived(self, *, now: datetime) -> bool:
        """Whether nobody confirmed the receipt of the secret although there was time to."""
        return (
            self.issued_at is not None
            and self.received_at is None
            and now - self.issued_at > RECEIPT_PATIENCE
        )
