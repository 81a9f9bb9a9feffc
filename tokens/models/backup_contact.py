"""Who is asked when the owner of a PAT does not answer: another person of the portal, or an address."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BackupContact(models.Model):
    """A person or an address, once for each directory; an address counts once it has agreed.

    `email` is in lower case. Whoever has left is not asked again.
    """

    tenant_id = models.UUIDField(_("tenant id"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="backup_contacts"
    )
    email = models.CharField(max_length=320, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "email"], condition=Q(user=None), name="tokens_backup_contact_address"
            ),
            models.UniqueConstraint(fields=["user"], name="tokens_backup_contact_person"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, email="") | (Q(user=None) & ~Q(email="")),
                name="tokens_backup_contact_either",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user else self.email

    @property
    def address(self) -> str:
        """Where they get mail, in lower case; "" for a person whom the directory gives none."""
        return self.user.mail_address.lower() if self.user else self.email

    @property
    def is_agreed(self) -> bool:
        """Whether they may be told of PATs: people of the portal are, addresses after they agreed."""
        return self.left_at is None and (self.user_id is not None or self.confirmed_at is not None)
