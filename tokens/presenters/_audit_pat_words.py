"""What the events about one PAT are called in sentences, and their icons. A new type needs its words here."""

from django.utils.translation import gettext_lazy as _

from tokens.models import EventType
from tokens.presenters import _audit_facts as facts
from tokens.presenters._audit_telling import Telling, attempt

_CREATION = {
    **attempt(
        "create",
        "plus-circle",
        asked=_("{who} asked Azure DevOps to create {pat}."),
        refused=_("{who} tried to create {pat}; that was refused and nothing was made."),
        failed=_("{who} tried to create {pat}; that failed and nothing was made."),
        lost=_("{who} tried to create {pat}; the answer of Azure DevOps was lost."),
    ),
    EventType.PAT_CREATED: Telling(
        "plus-circle",
        _("{who} created {pat}."),
        ((facts.valid_to, _("{who} created {pat}; it expires {moment}.")),),
    ),
    EventType.PAT_CREATE_SETTLED: Telling(
        "plus-circle",
        _("The portal found out what became of {pat:its creation|the creation of {called}}."),
        (
            (
                facts.resolution,
                _("The portal found out what became of {pat:its creation|the creation of {called}}: {said}."),
            ),
        ),
    ),
    EventType.PAT_RECEIVED: Telling(
        "check-circle", _("{who} confirmed that {pat:its secret|the secret of {called}} is stored.")
    ),
}
_REVOCATION = {
    **attempt(
        "revoke",
        "trash",
        asked=_("{who} asked Azure DevOps to revoke {pat}."),
        refused=_("{who} tried to revoke {pat}; that was refused and nothing was changed."),
        failed=_("{who} tried to revoke {pat}; that failed, or Azure DevOps does not show it."),
        lost=_("{who} tried to revoke {pat}; the answer of Azure DevOps was lost."),
    ),
    EventType.PAT_REVOCATION_SENT: Telling(
        "trash", _("{who} sent {pat:its revocation|the revocation of {called}} to Azure DevOps.")
    ),
    EventType.PAT_REVOKED: Telling("trash", _("Azure DevOps lists {pat} as revoked.")),
}
_CHANGE = {
    **attempt(
        "update",
        "pencil-square",
        asked=_("{who} asked Azure DevOps to change {pat}."),
        refused=_("{who} tried to change {pat}; that was refused and nothing was changed."),
        failed=_("{who} tried to change {pat}; that failed and nothing was changed."),
        lost=_("{who} tried to change {pat}; the answer of Azure DevOps was lost."),
    ),
    EventType.PAT_UPDATED: Telling(
        "pencil-square", _("{who} changed {pat}."), ((facts.columns, _("{who} changed {pat}: {said}.")),)
    ),
    EventType.PAT_UPDATE_SETTLED: Telling(
        "pencil-square",
        _("The portal found out what became of a change of {pat}."),
        ((facts.resolution, _("The portal found out what became of a change of {pat}: {said}.")),),
    ),
    **attempt(
        "extend",
        "calendar",
        asked=_("{who} asked Azure DevOps to change {pat:its expiry|the expiry of {called}}."),
        refused=_(
            "{who} tried to change {pat:its expiry|the expiry of {called}}; that was refused and "
            "nothing was changed."
        ),
        failed=_(
            "{who} tried to change {pat:its expiry|the expiry of {called}}; that failed and nothing "
            "was changed."
        ),
        lost=_(
            "{who} tried to change {pat:its expiry|the expiry of {called}}; the answer of Azure DevOps "
            "was lost."
        ),
    ),
    EventType.PAT_EXTENDED: Telling(
        "calendar",
        _("{who} changed {pat:its expiry|the expiry of {called}}."),
        (
            (
                facts.new_expiry,
                _(
                    "{who} changed {pat:its expiry|the expiry of {called}}; it expires {after} instead of "
                    "{before}."
                ),
            ),
        ),
    ),
    EventType.PAT_EXTEND_SETTLED: Telling(
        "calendar",
        _("The portal found out what became of a change of {pat:its expiry|the expiry of {called}}."),
        (
            (
                facts.resolution,
                _(
                    "The portal found out what became of a change of {pat:its expiry|the expiry of "
                    "{called}}: {said}."
                ),
            ),
        ),
    ),
    EventType.PAT_DESCRIBED: Telling(
        "pencil-square",
        _("{who} changed the notes about {pat}."),
        ((facts.columns, _("{who} changed the notes about {pat}: {said}.")),),
    ),
    EventType.PAT_PLACE_MOVED: Telling(
        "map-pin",
        _("{who} ticked a place in which {pat} is used."),
        (
            (facts.place_left, _("{who} ticked a place in which {pat} is used: “{used_in}” still uses it.")),
            (
                facts.place_moved,
                _("{who} ticked a place in which {pat} is used: “{used_in}” uses its successor now."),
            ),
        ),
    ),
    EventType.PAT_KEPT: Telling("check-circle", _("{who} decided to keep {pat}.")),
}
# Told on the page of the one that was replaced.
REPLACED = Telling("arrow-path", _("{who} created a token that takes over from {pat}."))
_ROTATION = {
    **attempt(
        "rotate",
        "arrow-path",
        asked=_("{who} asked Azure DevOps to rotate {pat}."),
        refused=_("{who} tried to rotate {pat}; that was refused and nothing was made."),
        failed=_("{who} tried to rotate {pat}; that failed and nothing was made."),
        lost=_("{who} tried to rotate {pat}; the answer of Azure DevOps was lost."),
    ),
    EventType.PAT_ROTATED: Telling(
        "arrow-path",
        _("{who} created {pat} as the successor of another one."),
        ((facts.valid_to, _("{who} created {pat} as the successor of another one; it expires {moment}.")),),
    ),
    EventType.PAT_ROTATE_SETTLED: Telling(
        "arrow-path",
        _("The portal found out what became of {pat:its rotation|the rotation of {called}}."),
        (
            (
                facts.resolution,
                _("The portal found out what became of {pat:its rotation|the rotation of {called}}: {said}."),
            ),
        ),
    ),
    EventType.PAT_END_SCHEDULED: Telling(
        "arrow-path",
        _("{who} rotated {pat}."),
        ((facts.ends_at, _("{who} rotated {pat}; the old one ends {moment}.")),),
    ),
    EventType.PAT_END_CANCELLED: Telling("arrow-path", _("{who} kept {pat}: the portal no longer ends it.")),
    **attempt(
        "end",
        "clock",
        asked=_("{who} asked Azure DevOps to bring {pat:its expiry|the expiry of {called}} forward."),
        refused=_(
            "{who} tried to bring {pat:its expiry|the expiry of {called}} forward; that was refused "
            "and the portal ends it at its time."
        ),
        failed=_(
            "{who} tried to bring {pat:its expiry|the expiry of {called}} forward; that failed and the "
            "portal ends it at its time."
        ),
        lost=_(
            "{who} tried to bring {pat:its expiry|the expiry of {called}} forward; the answer of Azure "
            "DevOps was lost."
        ),
    ),
    EventType.PAT_END_SET: Telling(
        "clock",
        _("{who} brought {pat:its expiry|the expiry of {called}} forward."),
        (
            (
                facts.new_expiry,
                _(
                    "{who} brought {pat:its expiry|the expiry of {called}} forward; it expires {after} "
                    "instead of {before}."
                ),
            ),
        ),
    ),
    EventType.PAT_END_SETTLED: Telling(
        "clock",
        _("The portal found out what became of an earlier expiry of {pat}."),
        ((facts.resolution, _("The portal found out what became of an earlier expiry of {pat}: {said}.")),),
    ),
}
_OUTSIDE = {
    EventType.PAT_FOUND: Telling(
        "eye",
        _("The portal found {pat}; it was created elsewhere."),
        ((facts.valid_to, _("The portal found {pat}; it was created elsewhere; it expires {moment}.")),),
    ),
    EventType.PAT_CHANGED_OUTSIDE: Telling(
        "eye",
        _("The portal found that {pat} had been changed elsewhere."),
        ((facts.columns, _("The portal found that {pat} had been changed elsewhere: {said}.")),),
    ),
    EventType.PAT_REVOKED_OUTSIDE: Telling(
        "eye", _("The portal found that {pat} had been revoked elsewhere.")
    ),
    EventType.PAT_EXPIRED: Telling(
        "clock", _("{pat} expired."), ((facts.valid_to, _("{pat} expired {moment}.")),)
    ),
    EventType.PAT_VANISHED: Telling(
        "eye-slash",
        _("Azure DevOps no longer lists {pat}."),
        ((facts.reason, _("Azure DevOps no longer lists {pat}: {said}.")),),
    ),
    EventType.PAT_REAPPEARED: Telling("eye", _("Azure DevOps lists {pat} again.")),
}
PAT_TELLINGS = {**_CREATION, **_REVOCATION, **_CHANGE, **_ROTATION, **_OUTSIDE}
