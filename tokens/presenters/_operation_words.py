"""What became of an operation, in words: a title, a sentence, and a tone (good, warn, bad, info).

A sentence follows the name of the PAT and a colon, or stands alone with a capital.
"""

from tokens import rules
from tokens.models import NOT_CONFIRMED, Operation
from tokens.presenters._differences import moment_text

State, Verb = Operation.State, Operation.Verb
Words = tuple[str, str, str]


def words(operation: Operation) -> Words:
    """Return what there is to say about `operation` as it stands."""
    if operation.verb == Verb.REVOKE:
        if operation.state == State.FAILED and operation.error_code != NOT_CONFIRMED:
            return _NOTHING_REVOKED
        return _REVOKE_WORDS[State(operation.state)]
    if operation.changes_a_pat:
        return _change_words(operation)
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


def _shortened(operation: Operation) -> str | None:
    """Return both dates of an extension that brought less than was asked, None of any other operation."""
    asked, pat = operation.asked_valid_to, operation.pat
    if operation.verb != Verb.EXTEND or operation.state != State.DONE or pat is None or asked is None:
        return None
    if not rules.was_shortened(asked=asked, returned=pat.valid_to):
        return None
    expires = moment_text(pat.valid_to)
    return f"Azure DevOps was asked for {moment_text(asked)} and gave less: the token expires {expires}."


def _change_words(operation: Operation) -> Words:
    is_lost = operation.answer_lost_at is not None
    if operation.state == State.REQUESTED:
        return _CHANGE_LOST if is_lost else _CHANGE_ON_ITS_WAY[operation.verb]
    if (dates := _shortened(operation)) is not None:
        return "It expires earlier than you asked", f"{_LOST} {dates}" if is_lost else dates, "warn"
    found = f"{_LOST} Azure DevOps shows that " if is_lost else ""
    title, sentence, tone = _CHANGE_WORDS[operation.verb][State(operation.state)]
    return title, f"{found}{sentence}", tone


_SHOWN_ONCE = "Its secret was shown once, in the answer to the form, and cannot be shown again."
_LOST = "the answer of Azure DevOps was lost."
_NOBODY_HAS_IT = "because nobody has its secret"
_ORPHAN_REVOKED = (
    "The token was revoked",
    f"{_LOST} The token was found and revoked, {_NOBODY_HAS_IT}. Create another one.",
    "warn",
)
_CREATED_NOT_RECEIVED = (
    "The token was created",
    f"the token was created. {_SHOWN_ONCE} If you do not have it, revoke this token and create another one.",
    "warn",
)
_CREATE_LOST = (
    "The answer was lost",
    f"{_LOST} The portal is finding out whether the token exists; if so, it is revoked, {_NOBODY_HAS_IT}.",
    "info",
)
_BEING_CREATED = ("The token is being created", "the request is on its way to Azure DevOps.", "info")
_MAYBE_LEFT_OVER = (
    f"{_LOST} More than one token could be the one, or a policy changed its expiry. "
    "They are marked in the list: keep those that you know, revoke the others."
)
_CREATE_WORDS = {
    State.REQUESTED: _BEING_CREATED,
    State.DONE: ("The token was created", f"the token was created. {_SHOWN_ONCE}", "good"),
    State.REFUSED: (
        "The token was not created",
        "Azure DevOps refused to create it. Nothing was made.",
        "bad",
    ),
    State.FAILED: ("The token was not created", "nothing was made.", "bad"),
    State.NOTHING_MADE: (
        "No token was made",
        f"{_LOST} Two looks at the list show that no token was made. You can create it again.",
        "warn",
    ),
    State.ORPHANED: (
        "The token is being revoked",
        f"{_LOST} The token was found and is being revoked, {_NOBODY_HAS_IT}. Create another one.",
        "warn",
    ),
    State.AMBIGUOUS: ("A token may be left over", _MAYBE_LEFT_OVER, "warn"),
}
_NOTHING_REVOKED = ("Nothing was revoked", "nothing was changed.", "bad")
_NOT_CONFIRMED = (
    "Azure DevOps does not list it as revoked. Try again; if that does not help, revoke it on the page "
    "of Azure DevOps."
)
_REVOKE_WORDS = {
    State.REQUESTED: (
        "The token is being revoked",
        "the revocation is on its way; the portal finds out what became of it.",
        "info",
    ),
    State.SENT: (
        "The revocation was sent",
        "Azure DevOps took the revocation; the portal is waiting for the list to show it.",
        "info",
    ),
    State.DONE: ("The token was revoked", "Azure DevOps lists it as revoked.", "good"),
    State.REFUSED: ("The token was not revoked", "Azure DevOps refused to revoke it.", "bad"),
    State.FAILED: ("The revocation is not confirmed", _NOT_CONFIRMED, "bad"),
}

_OLD_UNTOUCHED = "The old token was not touched."
_SUCCESSOR_REVOKED = (
    "The new token was revoked",
    f"{_LOST} The new token was found and revoked, {_NOBODY_HAS_IT}. {_OLD_UNTOUCHED} Rotate it again.",
    "warn",
)
_ROTATED_NOT_RECEIVED = (
    "The rotation is not finished",
    (
        f"the new token was created. {_SHOWN_ONCE} {_OLD_UNTOUCHED} If you have the secret, say so. If you "
        "do not, revoke the new token and rotate again."
    ),
    "warn",
)
_ROTATE_LOST = (
    "The answer was lost",
    (
        f"{_LOST} The portal is finding out whether the new token exists; if so, it is revoked, "
        f"{_NOBODY_HAS_IT}. {_OLD_UNTOUCHED}"
    ),
    "info",
)
_ROTATE_WORDS = {
    State.REQUESTED: (
        "The new token is being created",
        "the request is on its way to Azure DevOps. Nothing happens to the old token yet.",
        "info",
    ),
    State.DONE: (
        "The token was rotated",
        f"the new token was created. {_SHOWN_ONCE} The page of the old one says when it ends.",
        "good",
    ),
    State.REFUSED: (
        "The token was not rotated",
        f"Azure DevOps refused to create the new token. {_OLD_UNTOUCHED}",
        "bad",
    ),
    State.FAILED: ("The token was not rotated", f"nothing was made. {_OLD_UNTOUCHED}", "bad"),
    State.NOTHING_MADE: (
        "No new token was made",
        f"{_LOST} Two looks at the list show that no token was made. {_OLD_UNTOUCHED} Rotate it again.",
        "warn",
    ),
    State.ORPHANED: (
        "The new token is being revoked",
        f"{_LOST} The new token was found and is being revoked, {_NOBODY_HAS_IT}. {_OLD_UNTOUCHED}",
        "warn",
    ),
    State.AMBIGUOUS: ("A token may be left over", f"{_MAYBE_LEFT_OVER} {_OLD_UNTOUCHED}", "warn"),
}

_CHANGE_LOST = (
    "The answer was lost",
    f"{_LOST} The portal is finding out whether the token was changed; it does not send the change again.",
    "info",
)
_CHANGE_ON_ITS_WAY: dict[str, Words] = {
    Verb.UPDATE: ("The token is being changed", "the change is on its way to Azure DevOps.", "info"),
    Verb.EXTEND: ("The token is being extended", "the extension is on its way to Azure DevOps.", "info"),
    Verb.END: ("Its expiry is being brought forward", "the change is on its way to Azure DevOps.", "info"),
}
_CHANGE_WORDS: dict[str, dict[Operation.State, Words]] = {
    Verb.UPDATE: {
        State.DONE: ("The token was changed", "its name and scopes are what was asked for.", "good"),
        State.REFUSED: ("The token was not changed", "Azure DevOps refused to change it.", "bad"),
        State.FAILED: (
            "The token was not changed",
            "nothing was changed. You can change it again.",
            "bad",
        ),
    },
    Verb.EXTEND: {
        State.DONE: ("The expiry was changed", "it has a new expiry.", "good"),
        State.REFUSED: ("The token was not extended", "Azure DevOps refused to extend it.", "bad"),
        State.FAILED: (
            "The token was not extended",
            "nothing was changed. You can extend it again.",
            "bad",
        ),
    },
    Verb.END: {
        State.DONE: ("Its expiry was changed", "its expiry was brought forward as far as it may.", "good"),
        State.REFUSED: (
            "Its expiry was not brought forward",
            "Azure DevOps refused an earlier expiry. The portal revokes the token when it is to end.",
            "warn",
        ),
        State.FAILED: (
            "Its expiry was not brought forward",
            "nothing was changed. The portal revokes the token when it is to end.",
            "warn",
        ),
    },
}
