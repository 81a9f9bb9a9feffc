"""What is said of a change whose answer was lost, once it is known what came of it."""

import pytest

from tests.tokens.presenters.rows import NOW, operation
from tokens.models import Operation
from tokens.presenters._change_words import change_words

State, Verb = Operation.State, Operation.Verb


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.EXTEND, Verb.END])
@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_what_was_found_after_all_is_one_sentence_and_means_the_same(
    verb: Operation.Verb, state: Operation.State
) -> None:
    title, sentence, tone = change_words(operation(verb, state))
    found = change_words(operation(verb, state, answer_lost_at=NOW))
    told = f"the answer of Azure DevOps was lost. Azure DevOps shows that {sentence}"
    assert (found[0], str(found[1]), found[2]) == (title, told, tone)


def test_a_refusal_speaks_for_itself() -> None:
    refused = operation(Verb.UPDATE, State.REFUSED, answer_lost_at=NOW)
    assert change_words(refused)[1] == "Azure DevOps refused to change it."
