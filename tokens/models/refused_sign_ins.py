"""How many sign-ins were refused beyond those that the audit log tells one by one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RefusedSignIns(models.Model):
    """The further refusals of one minute to one customer of a network, until one event tells of them all.

    `network` is an IPv4 address, a /64 of IPv6, or "" where the address is not known.
    """

    minute = models.DateTimeField()
    network = models.CharField(max_length=45, blank=True)
    count = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("refused sign-ins")
        constraints = [
            models.UniqueConstraint(fields=["minute", "network"], name="tokens_refused_sign_ins_once"),
        ]

    def __str__(self) -> str:
        return f"{self.count} at {self.minute}"
