"""What proves the audit log whole: a chain of hashes, signed checkpoints of it, and the looks at both.

A link is written by a trigger when the transaction of its event commits, never by the portal (`tokens/sql`).
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

# The hash that the first link names as its predecessor's.
NO_HASH = bytes(32)


class AuditLink(models.Model):
    """The place of one event in the chain: gapless, in the order in which transactions committed.

    `hash` is the SHA-256 of the UTF-8 text `canonical`, which names the position, the predecessor's hash, the
    event's lasting facts and a salted hash of its personal ones.
    """

    position = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    hash_version = models.SmallIntegerField()
    canonical = models.TextField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("link of the audit chain")
        verbose_name_plural = _("links of the audit chain")

    def __str__(self) -> str:
        return str(self.position)


class AuditCheckpoint(models.Model):
    """A signed statement of how the chain stood; the copies kept elsewhere are what proves something."""

    position = models.BigIntegerField(_("position"))
    hash = models.BinaryField()
    note = models.TextField(_("signed note"))
    signed_at = models.DateTimeField(_("signed at"), db_default=Now())
    mailed_at = models.DateTimeField(_("mailed at"), null=True)

    class Meta:
        verbose_name = _("checkpoint of the audit log")
        verbose_name_plural = _("checkpoints of the audit log")
        indexes = [models.Index(fields=["-position"], name="tokens_checkpoint_position")]

    def __str__(self) -> str:
        return gettext("checkpoint at %(position)s") % {"position": self.position}


class AuditVerification(models.Model):
    """One look at the whole chain or a part of it, and what it found."""

    finished_at = models.DateTimeField(_("finished at"), db_default=Now())
    from_position = models.BigIntegerField(_("from position"))
    to_position = models.BigIntegerField(_("to position"))
    links = models.BigIntegerField(_("links read"))
    erased = models.BigIntegerField(_("events whose personal fields are erased"))
    faults = models.BigIntegerField(_("faults found"))
    findings = ArrayField(models.TextField(), default=list)
    checkpoints = models.IntegerField(_("checkpoints compared"), default=0)
    by = models.CharField(_("who verified it"), max_length=320)

    class Meta:
        verbose_name = _("verification of the audit log")
        verbose_name_plural = _("verifications of the audit log")
        indexes = [models.Index(fields=["-finished_at"], name="tokens_verification_at")]

    def __str__(self) -> str:
        told = ngettext(
            "%(first)s to %(last)s: %(faults)s fault", "%(first)s to %(last)s: %(faults)s faults", self.faults
        )
        return told % {"first": self.from_position, "last": self.to_position, "faults": self.faults}

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found missing, altered or out of order."""
        return self.faults == 0

    @property
    def is_of_everything(self) -> bool:
        """Whether it began at the first position, and trusted nothing before."""
        return self.from_position <= 1

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **{**kwargs, "force_insert": True})
