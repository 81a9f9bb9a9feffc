"""What became of a change of a PAT, in words: title, sentence and tone, as of every other operation."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens import rules
from tokens.models import Operation
from tokens.presenters._differences import moment_text

State, Verb = Operation.State, Operation.Verb
Words = tuple[Text, Text, str]


def change_words(operation: Operation) -> Words:
    """Return what there is to say about a change of name, scopes or expiry as it stands."""
    is_lost = operation.answer_lost_at is not None
    if operation.state == State.REQUESTED:
        return _CHANGE_LOST if is_lost else _CHANGE_ON_ITS_WAY[operation.verb]
    if (dates := _shortened(operation)) is not None:
        return _("It expires earlier than you asked"), dates, "warn"
    title, sentence, tone = _CHANGE_WORDS[operation.verb][State(operation.state)]
    if is_lost:
        sentence = _FOUND_AFTER_ALL.get((operation.verb, operation.state), sentence)
    return title, sentence, tone


def _shortened(operation: Operation) -> str | None:
    """Return both dates of an extension that brought less than was asked, None of any other operation."""
    asked, pat = operation.asked_valid_to, operation.pat
    if operation.verb != Verb.EXTEND or operation.state != State.DONE or pat is None or asked is None:
        return None
    if not rules.was_shortened(asked=asked, returned=pat.valid_to):
        return None
    expires = moment_text(pat.valid_to)
    if operation.answer_lost_at is not None:
        told = gettext(
            "the answer of Azure DevOps was lost. Azure DevOps was asked for %(asked)s and gave less: the "
            "token expires %(expires)s."
        )
    else:
        told = gettext("Azure DevOps was asked for %(asked)s and gave less: the token expires %(expires)s.")
    return told % {"asked": moment_text(asked), "expires": expires}


_CHANGE_LOST = (
    _("The answer was lost"),
    _(
        "the answer of Azure DevOps was lost. The portal is finding out whether the token was changed; it "
        "does not send the change again."
    ),
    "info",
)
_CHANGE_ON_ITS_WAY: dict[str, Words] = {
    Verb.UPDATE: (_("The token is being changed"), _("the change is on its way to Azure DevOps."), "info"),
    Verb.EXTEND: (
        _("The token is being extended"),
        _("the extension is on its way to Azure DevOps."),
        "info",
    ),
    Verb.END: (
        _("Its expiry is being brought forward"),
        _("the change is on its way to Azure DevOps."),
        "info",
    ),
}
_CHANGE_WORDS: dict[str, dict[Operation.State, Words]] = {
    Verb.UPDATE: {
        State.DONE: (_("The token was changed"), _("its name and scopes are what was asked for."), "good"),
        State.REFUSED: (_("The token was not changed"), _("Azure DevOps refused to change it."), "bad"),
        State.FAILED: (
            _("The token was not changed"),
            _("nothing was changed. You can change it again."),
            "bad",
        ),
    },
    Verb.EXTEND: {
        State.DONE: (_("The expiry was changed"), _("it has a new expiry."), "good"),
        State.REFUSED: (_("The token was not extended"), _("Azure DevOps refused to extend it."), "bad"),
        State.FAILED: (
            _("The token was not extended"),
            _("nothing was changed. You can extend it again."),
            "bad",
        ),
    },
    Verb.END: {
        State.DONE: (
            _("Its expiry was changed"),
            _("its expiry was brought forward as far as it may."),
            "good",
        ),
        State.REFUSED: (
            _("Its expiry was not brought forward"),
            _("Azure DevOps refused an earlier expiry. The portal revokes the token when it is to end."),
            "warn",
        ),
        State.FAILED: (
            _("Its expiry was not brought forward"),
            _("nothing was changed. The portal revokes the token when it is to end."),
            "warn",
        ),
    },
}
# What Azure DevOps shows where its answer to a change was lost.
_FOUND_AFTER_ALL: dict[tuple[str, str], Text] = {
    (Verb.UPDATE, State.DONE): _(
        "the answer of Azure DevOps was lost. Azure DevOps shows that its name and scopes are what was asked "
        "for."
    ),
    (Verb.UPDATE, State.FAILED): _(
        "the answer of Azure DevOps was lost. Azure DevOps shows that nothing was changed. You can change it "
        "again."
    ),
    (Verb.EXTEND, State.DONE): _(
        "the answer of Azure DevOps was lost. Azure DevOps shows that it has a new expiry."
    ),
    (Verb.EXTEND, State.FAILED): _(
        "the answer of Azure DevOps was lost. Azure DevOps shows that nothing was changed. You can extend it "
        "again."
    ),
    (Verb.END, State.DONE): _(
        "the answer of Azure DevOps was lost. Azure DevOps shows that its expiry was brought forward as far "
        "as it may."
    ),
    (Verb.END, State.FAILED): _(
        "the answer of Azure DevOps was lost. Azure DevOps shows that nothing was changed. The portal "
        "revokes the token when it is to end."
    ),
}
