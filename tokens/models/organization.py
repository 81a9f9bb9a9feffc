"""Azure DevOps organizations, and what is known about each person's access to each of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tokens.errors import OrganizationGone, OrganizationNotFound

# An organization that is not there does not come back within minutes.
_LASTING = {OrganizationNotFound.code, OrganizationGone.code}


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Finds organizations by what the operator configured."""

    def configured(self, names: Iterable[str]) -> list["Organization"]:
        """Return the organizations that are configured, in that order; new names get a row."""
        wanted = list(names)
        by_name = {
            row.name.lower(): row for row in self.annotate(key=Lower("name")).filter(key__in=_keys(wanted))
        }
        missing = [name for name in wanted if name.lower() not in by_name]
        if missing:
            self.bulk_create([Organization(name=name) for name in missing], ignore_conflicts=True)
            return self.configured(wanted)
        return [by_name[name.lower()] for name in wanted]


def _keys(names: Iterable[str]) -> list[str]:
    return [name.lower() for name in names]


class Organization(models.Model):
    """One organization; `instance_id` is the id that Azure DevOps puts into a PAT's target accounts."""

    name = models.CharField(_("name"), max_length=50)
    instance_id = models.UUIDField(_("id at Azure DevOps"), null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [models.UniqueConstraint(Lower("name"), name="tokens_organization_name")]

    def __str__(self) -> str:
        return self.name


class OrganizationAccess(models.Model):
    """How one person's mirror of one organization stands."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", _("never read")
        READ = "read", _("read")
        NO_ACCESS = "no_access", _("no access")
        FAILED = "failed", _("could not be read")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="organization_access")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="access")
    state = models.CharField(max_length=20, choices=State.choices, default=State.UNKNOWN)
    requested_at = models.DateTimeField(_("sync asked for"), null=True, blank=True)
    finished_at = models.DateTimeField(_("last sync ended"), null=True, blank=True)
    read_at = models.DateTimeField(_("last complete sync began"), null=True, blank=True)
    ended_read_at = models.DateTimeField(_("last reading of ended PATs"), null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    activity_id = models.CharField(max_length=64, blank=True)
    not_before_at = models.DateTimeField(_("asked to wait until"), null=True, blank=True)
    next_sync_at = models.DateTimeField(_("next sync by itself"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization"], name="tokens_access_person_organization"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["unknown", "read", "no_access", "failed"]),
                name="tokens_access_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_sync_at"],
                condition=models.Q(next_sync_at__isnull=False),
                name="tokens_access_next_sync",
            ),
        ]

    def __str__(self) -> str:
        return f"access of {self.user_id} to {self.organization_id}"

    @property
    def is_syncing(self) -> bool:
        """Whether a sync was asked for that has not ended yet."""
        return self.requested_at is not None and (
            self.finished_at is None or self.finished_at < self.requested_at
        )

    @property
    def is_closed(self) -> bool:
        """Whether the person may not enter, or nothing is there, so that asking once a day is enough."""
        return self.state == self.State.NO_ACCESS or self.error_code in _LASTING

    def is_due(self, *, now: datetime, after: timedelta) -> bool:
        """Whether the mirror is older than `after`; without access or organization, older than a day."""
        if self.not_before_at is not None and now < self.not_before_at:
            return False
        if self.is_closed:
            after = max(after, timedelta(days=1))
        latest = max((at for at in (self.requested_at, self.finished_at) if at), default=None)
        return latest is None or now - latest > after
