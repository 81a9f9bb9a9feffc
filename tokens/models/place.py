"""Where a PAT is used: what has to be changed before it may end."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tokens.models.pat import Pat


class Place(models.Model):
    """One place of use, as text or as an http(s) address; `moved_at` ticks it off: it uses the successor."""

    pat = models.ForeignKey(Pat, models.CASCADE, related_name="places")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    moved_at = models.DateTimeField(_("uses the successor since"), null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["pat", "position"],
                name="tokens_place_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.text
