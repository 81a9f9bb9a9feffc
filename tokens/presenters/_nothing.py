"""What stands in place of an empty list: why it is empty. Never that there is nothing, where nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patportal.lib.texts import joined
from tokens.models import OrganizationAccess
from tokens.presenters._access import is_syncing
from tokens.presenters._list import FilterChip

State = OrganizationAccess.State


@dataclass(frozen=True, slots=True)
class Nothing:
    """An icon, a heading and a sentence; the address is empty where there is nothing to do.

    `is_unread` tells that nothing was ever read and nothing is known, so that no number is either.
    """

    icon: str
    title: str
    text: str
    action_url: str = ""
    action_label: str = ""
    is_primary: bool = False
    is_unread: bool = False


def nothing_to_show(
    access: Sequence[OrganizationAccess],
    *,
    organization: str,
    filters: Sequence[FilterChip],
    elsewhere: int,
    elsewhere_url: str,
    can_act: bool,
    now: datetime,
) -> Nothing:
    """Return why the list is empty.

    `organization` is the one that is chosen, if any; `filters` are all that the list is filtered by.
    `elsewhere` is how many PATs there are under the same filters, but in another state, `elsewhere_url` the
    list of them; `can_act` tells whether the portal can act for the person.
    """
    is_reading = any(is_syncing(row, now=now) for row in access)
    if all(row.state == State.NO_ACCESS for row in access):
        return _no_access(access)
    if not elsewhere and not any(row.read_at for row in access):
        return _not_read(can_act=can_act)
    # Where there is none in any state, none is missing because of the state that is asked for.
    if filters and (elsewhere or not _is_status_alone(filters)):
        return _closed(access, organization) or _no_match(filters, elsewhere, elsewhere_url)
    if not can_act or any(row.state in {State.FAILED, State.UNKNOWN} or _was_closed(row) for row in access):
        return _incomplete(is_reading=is_reading)
    create_url = reverse("pat_create")
    if elsewhere:
        return Nothing(
            "key",
            _("No active tokens"),
            _("Those that ended are under Expired and Revoked."),
            create_url,
            _("Create another token"),
        )
    return Nothing(
        "key",
        _("You have no tokens yet"),
        _("Create one here, and it appears in this list with its expiry."),
        create_url,
        _("Create your first token"),
        is_primary=True,
    )


def _was_closed(row: OrganizationAccess) -> bool:
    return row.state == State.NO_ACCESS and row.read_at is not None


def _no_access(access: Sequence[OrganizationAccess]) -> Nothing:
    names = [row.organization.name for row in access]
    if len(names) == 1:
        return Nothing(
            "lock-closed",
            _("You have no access to %(organization)s") % {"organization": names[0]},
            _(
                "The portal is set up for no other organization. Ask to be added there, open it once in the "
                "browser, then use Refresh."
            ),
        )
    return Nothing(
        "lock-closed",
        _("You have no access to any organization of this portal"),
        _(
            "They are %(names)s. Ask to be added to one of them, open it once in the browser, then use "
            "Refresh."
        )
        % {"names": joined(names)},
    )


def _not_read(*, can_act: bool) -> Nothing:
    if not can_act:
        return Nothing(
            "key",
            _("Your tokens have not been read yet"),
            _("They appear here once the portal can act for you."),
            is_unread=True,
        )
    return Nothing(
        "key",
        _("Your tokens could not be read yet"),
        _("No organization has listed them so far. The reasons stand above."),
        is_unread=True,
    )


def _closed(access: Sequence[OrganizationAccess], organization: str) -> Nothing | None:
    """Return why the organization that is chosen shows nothing, None where that is not the reason."""
    for row in access:
        if row.organization.name == organization and row.state == State.NO_ACCESS:
            text = _("You have no access to %(organization)s. Ask its administrator if you should.")
            return Nothing(
                "funnel",
                _("Nothing matches"),
                text % {"organization": organization},
                reverse("pat_list"),
                _("Show all tokens"),
            )
    return None


def _is_status_alone(filters: Sequence[FilterChip]) -> bool:
    return [one.code for one in filters] == ["status"]


def _no_match(filters: Sequence[FilterChip], elsewhere: int, elsewhere_url: str) -> Nothing:
    """Return by what nothing is found, and the shortest way to something: another state, or no filter."""
    words = {"filters": joined([one.label for one in filters])}
    if any(one.code == "status" for one in filters):
        text = _("No token fits %(filters)s.") % words
    else:
        text = _("No active token fits %(filters)s.") % words
    if not elsewhere or _is_status_alone(filters):
        url = filters[0].url if len(filters) == 1 else reverse("pat_list")
        return Nothing("funnel", _("Nothing matches"), text, url, _("Show all tokens"))
    others = ngettext("%(count)s in another state fits.", "%(count)s in another state fit.", elsewhere)
    label = ngettext("Show it", "Show them", elsewhere)
    return Nothing(
        "funnel", _("Nothing matches"), f"{text} {others % {'count': elsewhere}}", elsewhere_url, label
    )


def _incomplete(*, is_reading: bool) -> Nothing:
    if is_reading:
        return Nothing("key", _("No active token is known"), _("Azure DevOps is being asked at this moment."))
    return Nothing(
        "key",
        _("No active token is known"),
        _("Not everything could be read, so there may be some. The reasons stand above."),
    )
