"""What stands in place of an empty list: why it is empty. Never that there is nothing, where nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from patportal.lib.texts import joined
from tokens.models import OrganizationAccess
from tokens.presenters._access import is_syncing

State = OrganizationAccess.State


@dataclass(frozen=True, slots=True)
class Nothing:
    """An icon, a heading and a sentence; the address is empty where there is nothing to do."""

    icon: str
    title: str
    text: str
    action_url: str = ""
    action_label: str = ""
    is_primary: bool = False


def nothing_to_show(
    access: Sequence[OrganizationAccess],
    *,
    organization: str,
    is_filtered: bool,
    has_pats: bool,
    can_act: bool,
    now: datetime,
) -> Nothing:
    """Return why the list is empty.

    `organization` is the one that is chosen, if any; `has_pats` tells whether there are PATs in another
    state, `can_act` whether the portal can act for the person.
    """
    is_reading = any(is_syncing(row, now=now) for row in access)
    if all(row.state == State.NO_ACCESS for row in access):
        return _no_access(access)
    if not any(row.read_at for row in access):
        return _not_read(can_act=can_act)
    if is_filtered:
        return _no_match(access, organization=organization)
    if not can_act or any(row.state in {State.FAILED, State.UNKNOWN} or _was_closed(row) for row in access):
        return _incomplete(is_reading=is_reading)
    create_url = reverse("pat_create")
    if has_pats:
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
        )
    return Nothing(
        "key",
        _("Your tokens could not be read yet"),
        _("No organization has listed them so far. The reasons stand above."),
    )


def _no_match(access: Sequence[OrganizationAccess], *, organization: str) -> Nothing:
    text = _("No token fits this search and these filters.")
    for row in access:
        if row.organization.name == organization and row.state == State.NO_ACCESS:
            told = _("You have no access to %(organization)s. Ask its administrator if you should.")
            text = told % {"organization": organization}
    return Nothing("funnel", _("Nothing matches"), text, reverse("pat_list"), _("Show all tokens"))


def _incomplete(*, is_reading: bool) -> Nothing:
    if is_reading:
        return Nothing("key", _("No active token is known"), _("Azure DevOps is being asked at this moment."))
    return Nothing(
        "key",
        _("No active token is known"),
        _("Not everything could be read, so there may be some. The reasons stand above."),
    )
