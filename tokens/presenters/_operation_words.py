"""What became of an operation, in words: a title, a sentence, and a tone (good, warn, bad, info).

A sentence follows the name of the PAT and a colon, or stands alone with a capital.
"""

from django.utils.translation import gettext_lazy as _

from tokens.models import NOT_CONFIRMED, Operation
from tokens.presenters._change_words import Words, change_words

State, Verb = Operation.State, Operation.Verb


def words(operation: Operation) -> Words:
    """Return what there is to say about `operation` as it stands."""
    if operation.verb == Verb.REVOKE:
        if operation.state == State.FAILED and operation.error_code != NOT_CONFIRMED:
            return _NOTHING_REVOKED
        return _REVOKE_WORDS[State(operation.state)]
    if operation.changes_a_pat:
        return change_words(operation)
    return _making_words(operation)


def _making_words(operation: Operation) -> Words:
    is_rotation = operation.verb == Verb.ROTATE
    known = _ROTATE_WORDS if is_rotation else _CREATE_WORDS
    if operation.pat and operation.state in {State.ORPHANED, State.NOTHING_MADE}:
        # Even where nothing was found at first: an answer that came after that brought the PAT.
        revoked = _SUCCESSOR_REVOKED if is_rotation else _ORPHAN_REVOKED
        return revoked if operation.pat.is_revoked else known[State.ORPHANED]
    if operation.state == State.DONE and operation.pat and operation.pat.received_at is None:
        return _ROTATED_NOT_RECEIVED if is_rotation else _CREATED_NOT_RECEIVED
    if operation.state == State.REQUESTED and operation.answer_lost_at is not None:
        return _ROTATE_LOST if is_rotation else _CREATE_LOST
    return known[State(operation.state)]


_ORPHAN_REVOKED = (
    _("The token was revoked"),
    _(
        "the answer of Azure DevOps was lost. The token was found and revoked, because nobody has its "
        "secret. Create another one."
    ),
    "warn",
)
_CREATED_NOT_RECEIVED = (
    _("The token was created"),
    _(
        "the token was created. Its secret was shown once, in the answer to the form, and cannot be shown "
        "again. If you do not have it, revoke this token and create another one."
    ),
    "warn",
)
_CREATE_LOST = (
    _("The answer was lost"),
    _(
        "the answer of Azure DevOps was lost. The portal is finding out whether the token exists; if so, it "
        "is revoked, because nobody has its secret."
    ),
    "info",
)
_BEING_CREATED = (_("The token is being created"), _("the request is on its way to Azure DevOps."), "info")
_MAYBE_LEFT_OVER = _(
    "the answer of Azure DevOps was lost. More than one token could be the one, or a policy changed its "
    "expiry. They are marked in the list: keep those that you know, revoke the others."
)
_CREATE_WORDS = {
    State.REQUESTED: _BEING_CREATED,
    State.DONE: (
        _("The token was created"),
        _(
            "the token was created. Its secret was shown once, in the answer to the form, and cannot be "
            "shown again."
        ),
        "good",
    ),
    State.REFUSED: (
        _("The token was not created"),
        _("Azure DevOps refused to create it. Nothing was made."),
        "bad",
    ),
    State.FAILED: (_("The token was not created"), _("nothing was made."), "bad"),
    State.NOTHING_MADE: (
        _("No token was made"),
        _(
            "the answer of Azure DevOps was lost. Two looks at the list show that no token was made. You can "
            "create it again."
        ),
        "warn",
    ),
    State.ORPHANED: (
        _("The token is being revoked"),
        _(
            "the answer of Azure DevOps was lost. The token was found and is being revoked, because nobody "
            "has its secret. Create another one."
        ),
        "warn",
    ),
    State.AMBIGUOUS: (_("A token may be left over"), _MAYBE_LEFT_OVER, "warn"),
}
_NOTHING_REVOKED = (_("Nothing was revoked"), _("nothing was changed."), "bad")
_NOT_CONFIRMED = _(
    "Azure DevOps does not list it as revoked. Try again; if that does not help, revoke it on the page of "
    "Azure DevOps."
)
_REVOKE_WORDS = {
    State.REQUESTED: (
        _("The token is being revoked"),
        _("the revocation is on its way; the portal finds out what became of it."),
        "info",
    ),
    State.SENT: (
        _("The revocation was sent"),
        _("Azure DevOps took the revocation; the portal is waiting for the list to show it."),
        "info",
    ),
    State.DONE: (_("The token was revoked"), _("Azure DevOps lists it as revoked."), "good"),
    State.REFUSED: (_("The token was not revoked"), _("Azure DevOps refused to revoke it."), "bad"),
    State.FAILED: (_("The revocation is not confirmed"), _NOT_CONFIRMED, "bad"),
}

_SUCCESSOR_REVOKED = (
    _("The new token was revoked"),
    _(
        "the answer of Azure DevOps was lost. The new token was found and revoked, because nobody has its "
        "secret. The old token was not touched. Rotate it again."
    ),
    "warn",
)
_ROTATED_NOT_RECEIVED = (
    _("The rotation is not finished"),
    (
        _(
            "the new token was created. Its secret was shown once, in the answer to the form, and cannot be "
            "shown again. The old token was not touched. If you have the secret, say so. If you do not, "
            "revoke the new token and rotate again."
        )
    ),
    "warn",
)
_ROTATE_LOST = (
    _("The answer was lost"),
    (
        _(
            "the answer of Azure DevOps was lost. The portal is finding out whether the new token exists; if "
            "so, it is revoked, because nobody has its secret. The old token was not touched."
        )
    ),
    "info",
)
_ROTATE_WORDS = {
    State.REQUESTED: (
        _("The new token is being created"),
        _("the request is on its way to Azure DevOps. Nothing happens to the old token yet."),
        "info",
    ),
    State.DONE: (
        _("The token was rotated"),
        _(
            "the new token was created. Its secret was shown once, in the answer to the form, and cannot be "
            "shown again. The page of the old one says when it ends."
        ),
        "good",
    ),
    State.REFUSED: (
        _("The token was not rotated"),
        _("Azure DevOps refused to create the new token. The old token was not touched."),
        "bad",
    ),
    State.FAILED: (
        _("The token was not rotated"),
        _("nothing was made. The old token was not touched."),
        "bad",
    ),
    State.NOTHING_MADE: (
        _("No new token was made"),
        _(
            "the answer of Azure DevOps was lost. Two looks at the list show that no token was made. The old "
            "token was not touched. Rotate it again."
        ),
        "warn",
    ),
    State.ORPHANED: (
        _("The new token is being revoked"),
        _(
            "the answer of Azure DevOps was lost. The new token was found and is being revoked, because "
            "nobody has its secret. The old token was not touched."
        ),
        "warn",
    ),
    State.AMBIGUOUS: (
        _("A token may be left over"),
        _(
            "the answer of Azure DevOps was lost. More than one token could be the one, or a policy changed "
            "its expiry. They are marked in the list: keep those that you know, revoke the others. The old "
            "token was not touched."
        ),
        "warn",
    ),
}
