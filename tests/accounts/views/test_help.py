"""The public help with sign-in."""

import pytest
from django.test import Client

from tests.accounts.browsers import text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ["50105", "AADSTS50105", "aadsts50105", " AADSTS 50105 "])
def test_it_explains_a_number(client: Client, code: str) -> None:
    answer = client.get("/help/sign-in", {"code": code})
    assert answer.status_code == 200
    assert answer.context["wanted"].number == 50105
    assert answer.context["query"] == "AADSTS50105"


def test_it_lists_everything_to_strangers(client: Client) -> None:
    answer = client.get("/help/sign-in")
    assert answer.context["wanted"] is None
    assert answer.context["query"] == ""
    assert len(answer.context["entries"]) > 25
    assert "You have not been given access to this portal" in text_of(answer)


def test_it_repeats_an_unknown_number_and_nothing_else(client: Client) -> None:
    answer = client.get("/help/sign-in", {"code": "1234567"})
    assert (answer.context["wanted"], answer.context["query"]) == (None, "1234567")
    for text in ("call 0800-EVIL", "<script>", "50105 or call", "\uff11\uff12\uff13\uff14\uff15"):
        answer = client.get("/help/sign-in", {"code": text})
        assert (answer.context["wanted"], answer.context["query"]) == (None, "")
        assert text not in text_of(answer)


def test_it_is_for_reading(client: Client) -> None:
    assert client.post("/help/sign-in").status_code == 405
