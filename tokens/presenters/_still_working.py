"""What of a person's still works after everything was to be revoked, in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tokens.presenters._access import Freshness


@dataclass(frozen=True, slots=True)
class StillWorking:
    """How many PATs still work; `is_asking` says that Azure DevOps is being asked at the moment."""

    count: int
    is_asking: bool
    freshness: Freshness

    @property
    def tone(self) -> str:
        """How serious it is."""
        if self.is_asking:
            return "info"
        return "warn" if self.count or self.freshness.left_out else "good"

    @property
    def icon(self) -> str:
        """What stands for the tone."""
        return {"info": "arrow-path", "warn": "exclamation-triangle", "good": "check-circle"}[self.tone]

    @property
    def title(self) -> str:
        """What is known, in short."""
        if self.is_asking:
            return _("The portal is asking Azure DevOps what still works")
        if self.count:
            return ngettext("One token still works", "%(count)s tokens still work", self.count) % {
                "count": self.count
            }
        return _("Nothing of yours works any more, as far as is known")

    @property
    def sentence(self) -> str:
        """Why that is so."""
        if self.is_asking:
            return _("The lists are read once more, because a token may have been made meanwhile.")
        if self.count:
            return _("They were made meanwhile, or could not be revoked: see below.")
        return _("The lists that were read afterwards show no token of yours that works.")
