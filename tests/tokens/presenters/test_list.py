"""What stands around the rows of the list, each with its address."""

from datetime import UTC, date, datetime

from tokens.list_address import STATUSES, ListQuery
from tokens.list_queries import Folded, PatPage
from tokens.presenters import filter_chips, folded_line, status_cards

EMPTY = PatPage(rows=[], counts=dict.fromkeys(STATUSES, 0), number=1, total=0)


def test_every_status_has_a_card_that_keeps_the_rest_of_the_address() -> None:
    cards = status_cards(ListQuery(status="expired", search="deploy", page=4), EMPTY)
    assert [card.code for card in cards] == list(STATUSES)
    assert [card.code for card in cards if card.is_current] == ["expired"]
    assert cards[1].url == "/?status=expiring&q=deploy"


def test_each_filter_is_a_chip_that_leads_to_the_list_without_it() -> None:
    query = ListQuery("expiring", "alpha", "deploy", date(2026, 12, 4), "machines", page=2)
    chips = {chip.label: chip.url for chip in filter_chips(query)}
    assert list(chips) == [
        "“deploy”",
        "Status: expiring soon",
        "alpha",
        "Stops on 4 December 2026",
        "Made by tools",
    ]
    assert chips["“deploy”"] == "/?status=expiring&organization=alpha&on=2026-12-04&by=machines"
    assert chips["Made by tools"] == "/?status=expiring&organization=alpha&q=deploy&on=2026-12-04"


def test_an_order_alone_has_no_chip() -> None:
    assert filter_chips(ListQuery(sort="name", page=2)) == []


def test_what_tools_made_is_one_line_that_leads_to_them() -> None:
    at = datetime(2026, 12, 4, tzinfo=UTC)
    line = folded_line(ListQuery(sort="name", organization="alpha"), Folded(3, at))
    assert line is not None
    assert (line.count, line.stops_at, line.url) == (3, at, "/?organization=alpha&by=machines&sort=name")
    assert folded_line(ListQuery(), None) is None
