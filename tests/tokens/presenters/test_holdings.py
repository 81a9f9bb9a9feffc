"""What the portal holds, in words, and what becomes of what is unfinished."""

from datetime import timedelta
from typing import Any

from accounts.models import Grant, User
from tests.tokens.presenters.rows import NOW, operation, pat
from tokens.models import BulkChange, Operation
from tokens.presenters import holdings, unfinished_lines
from tokens.unfinished_queries import UnfinishedWork

NAMES = [
    "sessions",
    "pats",
    "notes",
    "operations",
    "events",
    "reminders",
    "mails",
    "calendars",
    "settings",
    "backed",
]
ALICE = User(display_name="Alice Archer", created_at=NOW)


def test_every_kind_says_how_much_what_and_how_long() -> None:
    found = holdings(ALICE, dict.fromkeys(NAMES, 2), None)
    assert len(found) == len(NAMES) + 2
    for one in found:
        assert one.title
        assert one.about.endswith(".")
        assert one.kept.endswith(".")
        assert bool(one.url) == bool(one.url_label)
    amounts = {one.title: one.amount for one in found}
    assert (amounts["Tokens"], amounts["Calendar addresses"]) == ("2 tokens", "2 addresses")
    assert (amounts["Profile"], amounts["Access"]) == ("Alice Archer", "None")


def test_one_is_one() -> None:
    amounts = {one.title: one.amount for one in holdings(ALICE, dict.fromkeys(NAMES, 1), None)}
    assert (amounts["Tokens"], amounts["Backup owner"]) == ("1 token", "1 token of others")


def test_the_access_says_since_and_until_when(settings: Any) -> None:
    settings.GRANT_MAX_DAYS = 12
    access = holdings(ALICE, dict.fromkeys(NAMES, 0), Grant(interactive_at=NOW))[1]
    assert (access.since, access.until) == (NOW, NOW + timedelta(days=12))
    assert access.url == "/settings/disconnect"


def test_each_unfinished_thing_leads_to_its_page_and_says_what_becomes_of_it() -> None:
    running = operation(Operation.Verb.CREATE, Operation.State.REQUESTED)
    bulk = BulkChange(requested_at=NOW)
    old, new = pat(name="old", ends_at=NOW), pat(name="new", issued_at=NOW)
    found = unfinished_lines(UnfinishedWork([running], [(bulk, 5, 3)], [old], [new]))
    assert [(one.name, one.url) for one in found] == [
        ("ci-deploy", f"/operations/{running.pk}"),
        ("", f"/bulk/{bulk.pk}"),
        ("old", f"/tokens/{old.pk}"),
        ("new", f"/tokens/{new.pk}"),
    ]
    assert found[1].text.startswith("3 of 5 tokens")
    assert all(one.consequence.endswith(".") for one in found)
