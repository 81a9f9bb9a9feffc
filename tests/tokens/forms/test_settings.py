"""The forms of the settings: days, zones and how long to be quiet."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import timezone

from tokens.forms import MuteForm, ReminderDaysForm, TimeZoneForm
from tokens.forms._settings import zone_names

NOW = datetime(2027, 3, 27, 22, 30, 15, 123456, tzinfo=UTC)


def mute(**data: str) -> MuteForm:
    form = MuteForm(data, now=NOW)
    form.is_valid()
    return form


@pytest.mark.parametrize(("query", "days"), [("days=30&days=0", [30, 0]), ("", [])])
def test_days_are_numbers_and_none_is_a_choice(query: str, days: list[int]) -> None:
    form = ReminderDaysForm(QueryDict(query))
    assert form.is_valid()
    assert form.cleaned_data["days"] == days


@pytest.mark.parametrize("query", ["days=5", "days=x", "days=30&days=-1"])
def test_other_days_are_refused(query: str) -> None:
    form = ReminderDaysForm(QueryDict(query))
    assert not form.is_valid()
    assert form.errors["days"] == ["Choose from the days that are offered."]


def test_every_zone_that_is_offered_exists_and_has_a_place() -> None:
    names = zone_names()
    assert {"Europe/Berlin", "America/Argentina/Ushuaia", "Pacific/Kiritimati", "UTC"} <= set(names)
    assert not {"EST", "Etc/GMT+3", "posix/Europe/Berlin", "localtime", "US/Eastern"} & set(names)
    for name in names:
        assert ZoneInfo(name).key == name
        assert TimeZoneForm({"time_zone": name}).is_valid()
    regions = dict(TimeZoneForm().fields["time_zone"].choices)  # type: ignore[attr-defined]
    assert ("America/Argentina/Ushuaia", "Argentina, Ushuaia") in regions["America"]
    assert regions["No region"] == [("UTC", "UTC")]


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "EST"])
def test_other_zones_are_refused(name: str) -> None:
    assert not TimeZoneForm({"time_zone": name}).is_valid()


def test_quiet_lasts_for_so_many_days() -> None:
    assert mute(mute_for="14").until == datetime(2027, 4, 10, 22, 30, 15, tzinfo=UTC)


def test_quiet_lasts_to_the_end_of_a_date_in_the_readers_zone() -> None:
    with timezone.override("Europe/Berlin"):
        # The clock is put forward on that very day.
        assert mute(mute_for="custom", mute_until="2027-03-28").until == datetime(2027, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("", "Enter the last day of quiet."),
        ("soon", "Enter a date such as 2027-03-31."),
        ("2027-03-26", "Choose a day from 27 March 2027 to 27 March 2028."),
        ("2028-03-28", "Choose a day from 27 March 2027 to 27 March 2028."),
    ],
)
def test_days_that_make_no_sense_are_refused_with_the_way_on(day: str, said: str) -> None:
    form = mute(mute_for="custom", mute_until=day)
    assert form.errors["mute_until"] == [said]


def test_today_and_a_year_are_the_bounds() -> None:
    for day in ("2027-03-27", "2028-03-27"):
        assert mute(mute_for="custom", mute_until=day).is_valid()
    assert mute(mute_for="custom", mute_until="2028-03-27").until - NOW < timedelta(days=367)


def test_how_long_has_to_be_said() -> None:
    assert mute().errors["mute_for"] == ["Choose for how long."]
    assert mute(mute_for="400").errors["mute_for"] == ["Choose one of the options."]
