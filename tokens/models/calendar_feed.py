"""Secret addresses under which a calendar program reads when a person's PATs expire."""

import hashlib
import re
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# At its beginning people and log filters know it again; see `patportal.lib.redaction`.
_PREFIX, _RANDOM_BYTES = "ppcal_", 32
_ADDRESS = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")
MOST_FEEDS = 2


def new_calendar_address() -> str:
    """Return the secret part of a new address: 256 random bits."""
    return f"{_PREFIX}{secrets.token_urlsafe(_RANDOM_BYTES)}"


def hash_of_address(address: str) -> str:
    """Return what is stored in place of an address, "" for what never was one.

    There is nothing to guess in 256 random bits, so a plain hash is enough.
    """
    return hashlib.sha256(address.encode()).hexdigest() if _ADDRESS.fullmatch(address) else ""


class CalendarFeed(models.Model):
    """One address of one person; what stands under it is made of the mirror whenever it is read.

    `position` numbers a person's feeds from 1, so that the database itself allows no more than there may be.
    """

    class Detail(models.TextChoices):
        MINIMAL = "minimal", _("that a token expires")
        FULL = "full", _("names, scopes and notes")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=64)
    address_hash = models.CharField(max_length=64, unique=True)
    detail = models.CharField(max_length=12, choices=Detail.choices)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "position"], name="tokens_calendar_position"),
            models.UniqueConstraint(fields=["user", "key"], name="tokens_calendar_key"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_FEEDS), name="tokens_calendar_most"
            ),
            models.CheckConstraint(
                condition=Q(detail__in=["minimal", "full"]), name="tokens_calendar_detail"
            ),
        ]

    def __str__(self) -> str:
        return f"calendar {self.position} of {self.user_id}"

    @property
    def is_full(self) -> bool:
        """Whether it tells names; else only that a token expires."""
        return self.detail == self.Detail.FULL


class EndedCalendar(models.Model):
    """What is left of a feed that ended: the key of its form, which makes no second one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ended_calendars")
    key = models.CharField(max_length=64)
    ended_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="tokens_ended_calendar_key"),
        ]

    def __str__(self) -> str:
        return f"ended calendar of {self.user_id}"
