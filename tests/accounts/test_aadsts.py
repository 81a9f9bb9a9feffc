"""The table of AADSTS numbers: complete, whole, and in words that people understand."""

import re
from collections import Counter

import pytest

from accounts.aadsts import Aadsts, Effect, Who, code_label, entries, entry_for, number_in

# Every number that Entra may show or send to a portal like this one, after Microsoft's reference of codes.
NUMBERS = {
    *(16000, 28002, 50011, 50012, 50014, 50020, 50033, 50034, 50053, 50055, 50057, 50058, 50072, 50074),
    *(50076, 50078, 50079, 50089, 50097, 50105, 50126, 50129, 50131, 50132, 50133, 50144, 50155, 50158),
    *(
        70021,
        700211,
        700212,
        700213,
        700214,
        700222,
        700223,
        50173,
        50194,
        50196,
        51004,
        53000,
        53001,
        53002,
        53003,
        53004,
        53011,
        54005,
        65001,
        65004,
        70000,
    ),
    *(70001, 70008, 70011, 70043, 80001, 80002, 90002, 90006, 90008, 90024, 90033, 90093, 90094, 90095),
    *(500011, 500021, 500112, 500121, 500208, 500212, 500213, 501481, 530032, 530035, 650052, 650053),
    *(650056, 650057, 700005, 700011, 700016, 700022, 700027, 700082, 700229, 7000112, 7000215, 7000218),
    *(7000222, 9002313),
}

# What only those who run things know, or what says nothing to somebody in a hurry.
JARGON = (
    *("successfully", "please note", "tenant", "mfa", "conditional access", "service principal", "consent"),
    *("redirect", "uri", "oauth", "claims", "pkce", "endpoint", "refresh", "access token", "id token"),
    *("authenticat", "authoriz", "credential", "entra id", "compliant", "federat", "suberror", "http"),
    *("second factor", "scope", "invalid", "error"),
)
ENTRIES = pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.label)


def test_the_table_is_complete() -> None:
    assert {entry.number for entry in entries()} == NUMBERS


@ENTRIES
def test_every_entry_has_whole_texts(entry: Aadsts) -> None:
    assert entry.title[0].isupper()
    assert not entry.title.endswith(".")
    for text in (entry.meaning, entry.next_step):
        assert text[0].isupper()
        assert text.endswith(".")
    assert entry.operator_step == "" or entry.operator_step.endswith(".")
    assert entry_for(entry.number) == entry
    assert entry.label == code_label(entry.number) == f"AADSTS{entry.number}"


@ENTRIES
def test_a_person_is_told_things_in_plain_words(entry: Aadsts) -> None:
    said = f"{entry.title} {entry.meaning} {entry.next_step}".lower()
    assert [word for word in JARGON if re.search(rf"\b{word}", said)] == []
    assert len(entry.title) <= 72
    assert len(entry.meaning) <= 160
    assert len(entry.next_step) <= 160


@ENTRIES
def test_whoever_can_solve_it_is_told_how(entry: Aadsts) -> None:
    if entry.who in {Who.ADMINISTRATORS, Who.OPERATORS}:
        assert entry.operator_step
        assert re.search(r"administrators|helpdesk|people who run|[Ww]hoever invited you", entry.next_step)
    assert entry.can_retry == (entry.who in {Who.YOU, Who.NOBODY})


@ENTRIES
def test_every_entry_says_where_it_is_met(entry: Aadsts) -> None:
    assert entry.places
    assert entry.places <= {"page", "redirect", "token"}


def test_no_two_entries_say_the_same() -> None:
    titles = Counter(entry.title for entry in entries())
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_conclusion_is_drawn_from_a_number() -> None:
    assert {entry.effect for entry in entries()} == set(Effect)


def test_what_concerns_the_portal_is_not_left_to_the_person() -> None:
    for entry in entries():
        if entry.effect in {Effect.PORTAL, Effect.CREDENTIAL}:
            assert entry.who in {Who.ADMINISTRATORS, Who.OPERATORS}, entry.label
        if entry.effect is Effect.TRANSIENT:
            assert entry.who is Who.NOBODY, entry.label


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("50105", 50105),
        (" 50105\n", 50105),
        ("AADSTS7000215", 7000215),
        ("aadsts 50105", 50105),
        ("AADSTS50105: Your administrator has configured the application to block users", 50105),
        ("Sorry, but we are having trouble signing you in. AADSTS90094", 90094),
        ("123", 0),
        ("12345678", 0),
        ("AADSTS12345678", 0),
        ("x50105", 0),
        ("50105 or call", 50105),
        ("Error 90094", 90094),
        ("50105 Correlation 12345", 50105),
        ("12345, then 50105", 50105),
        ("50076, 53003", 50076),
        ("AADSTS 50105:", 50105),
        ("12345 or 54321", 12345),
        ("id 12345678-1234-4234-8234-123456789012, AADSTS99999", 99999),
        ("id 50105678-1234-4234-8234-123450105012", 0),
        ("50105a 2026-11-23T12:00:00Z", 0),
        ("\uff15\uff10\uff11\uff10\uff15", 0),
        ("x" * 5000 + "AADSTS50105", 0),
        ("", 0),
    ],
)
def test_it_reads_numbers_only(text: str, number: int) -> None:
    assert number_in(text) == number


def test_the_table_is_in_the_order_of_the_numbers() -> None:
    numbers = [entry.number for entry in entries()]
    assert numbers == sorted(numbers)


def test_only_known_numbers_have_a_label() -> None:
    assert code_label(50105) == "AADSTS50105"
    assert code_label(99999) == ""
    assert code_label(0) == ""
    assert entry_for(99999) is None
