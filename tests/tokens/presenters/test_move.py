"""The guided way out of a PAT for all organizations, worked out from rows alone."""

from datetime import timedelta

from tests.tokens.presenters.rows import DAY, NOW, PLACES, pat
from tokens.models import Place, global_stop_at
from tokens.presenters import move_view


def test_it_has_stopped_from_microsofts_day_on() -> None:
    old = pat(is_global=True)
    for before, has_stopped in (
        (DAY, False),
        (timedelta(seconds=1), False),
        (timedelta(0), True),
        (-DAY, True),
    ):
        assert move_view(old, PLACES, now=global_stop_at() - before).has_stopped == has_stopped


def test_each_organization_has_its_own_successor_or_none() -> None:
    successors = [
        pat(organization=PLACES[0], received_at=NOW),
        pat(organization=PLACES[1], issued_at=NOW),
        pat(organization=PLACES[2], revocation_sent_at=NOW),
    ]
    view = move_view(pat(is_global=True, successors=successors), PLACES, now=NOW)
    assert [(bool(one.detail_url), one.waits) for one in view.rows] == [
        (True, False),
        (True, True),
        (False, False),
    ]
    assert view.made == 2
    assert view.rows[2].rotate_url.endswith("?organization=gamma")


def test_what_is_open_is_said_one_by_one() -> None:
    places = [Place(pk=1, text="laptop"), Place(pk=2, text="server", moved_at=NOW)]
    successors = [pat(organization=PLACES[0])]
    view = move_view(pat(is_global=True, places=places, successors=successors), PLACES[:2], now=NOW)
    assert view.moved == 1
    assert view.open_steps == [
        "Nobody has confirmed that the secret of the new token in alpha is stored.",
        "Still noted as using this token: laptop",
    ]
    assert view.without == ["beta"]


def test_an_organization_that_may_need_none_leaves_nothing_open() -> None:
    successors = [pat(organization=PLACES[0], received_at=NOW)]
    view = move_view(pat(is_global=True, successors=successors), PLACES[:2], now=NOW)
    assert (view.open_steps, view.without) == ([], ["beta"])
