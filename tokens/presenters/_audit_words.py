"""What every type of event is called in a sentence, and its icon. A new type needs its words."""

from django.utils.translation import gettext_lazy as _

from tokens.models import EventType
from tokens.presenters import _audit_facts as facts
from tokens.presenters._audit_pat_words import PAT_TELLINGS
from tokens.presenters._audit_person_words import PERSON_TELLINGS
from tokens.presenters._audit_telling import Telling

_MANY = {
    EventType.PATS_FIRST_READ: Telling(
        "eye",
        _("The portal read {owner:your PATs|their PATs|the PATs of {person}} in {place} for the first time."),
        (
            (
                facts.found,
                _(
                    "The portal read {owner:your PATs|their PATs|the PATs of {person}} in {place} for "
                    "the first time: {said}."
                ),
            ),
        ),
        own=(
            _(
                "The portal read {owner:your tokens|their tokens|the tokens of {person}} in {place} "
                "for the first time."
            ),
            (
                (
                    facts.found,
                    _(
                        "The portal read {owner:your tokens|their tokens|the tokens of {person}} in "
                        "{place} for the first time: {said}."
                    ),
                ),
            ),
        ),
    ),
    EventType.BULK_REQUESTED: Telling(
        "queue-list",
        _("{who} asked to change many PATs at once."),
        ((facts.bulk, _("{who} asked to change many PATs at once: {verb} {pats}.")),),
        own=(
            _("{who} asked to change many tokens at once."),
            ((facts.own_bulk, _("{who} asked to change many tokens at once: {verb} {pats}.")),),
        ),
    ),
    EventType.BULK_STOPPED: Telling(
        "stop-circle",
        _("{who} stopped a change of many PATs."),
        ((facts.bulk_left, _("{who} stopped a change of many PATs; {pats}.")),),
        own=(
            _("{who} stopped a change of many tokens."),
            ((facts.own_bulk_left, _("{who} stopped a change of many tokens; {pats}.")),),
        ),
    ),
}
_OPERATING = {
    EventType.AUDIT_EXPORTED: Telling(
        "arrow-down-tray",
        _("{who} exported events of the audit log."),
        ((facts.extent, _("{who} exported events of the audit log: {extent}.")),),
    ),
    EventType.AUDIT_VERIFIED: Telling(
        "shield-check",
        _("{who} verified the audit log."),
        (
            (
                facts.all_of(facts.extent, facts.faults),
                _("{who} verified the audit log: {extent}; {faults}."),
            ),
            (facts.faults, _("{who} verified the audit log; {faults}.")),
            (facts.extent, _("{who} verified the audit log: {extent}.")),
        ),
    ),
    EventType.AUDIT_ERASED: Telling(
        "backspace",
        _("{who} erased personal fields."),
        ((facts.erased, _("{who} erased personal fields of {erased}.")),),
    ),
    EventType.AUDIT_SIGNING_REFUSED: Telling(
        "shield-exclamation",
        _("{who} asked to sign a checkpoint; that was refused."),
        ((facts.finding, _("{who} asked to sign a checkpoint; that was refused: {said}.")),),
    ),
    EventType.UPKEEP_CLEARED: Telling(
        "trash",
        _("The portal deleted what was past its time."),
        ((facts.cleared, _("The portal deleted what was past its time: {said}.")),),
    ),
    EventType.JOBS_RETRIED: Telling(
        "arrow-path",
        _("{who} had failed jobs run again."),
        ((facts.jobs, _("{who} had failed jobs run again ({jobs}).")),),
    ),
    EventType.COMMAND_RAN: Telling(
        "command-line",
        _("{who} ran a management command."),
        ((facts.command, _("{who} ran a management command: {said}.")),),
    ),
}

TELLINGS: dict[str, Telling] = {
    event_type.value: telling
    for told in (PERSON_TELLINGS, PAT_TELLINGS, _MANY, _OPERATING)
    for event_type, telling in told.items()
}
