"""The owner's way to the database is taken for as long as it is needed, and not longer."""

from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection

from tokens.management.database_owner import as_database_owner


class Stop(Exception):
    """Ends what is done as the owner."""


def stop_as_owner(application_role: str) -> None:
    with as_database_owner(DEFAULT_DB_ALIAS) as role:
        assert role == application_role
        assert connection.settings_dict["USER"] == "owner"
        assert connection.settings_dict["HOST"] == "elsewhere"
        raise Stop


def test_the_other_role_is_back_afterwards_whatever_happens(settings: Any, db: None) -> None:
    before = dict(connection.settings_dict)
    settings.DATABASE_OWNER = {"USER": "owner", "PASSWORD": "p", "HOST": "elsewhere", "PORT": 1}
    # Closing would end the transaction of the test.
    connection.close = lambda: None  # type: ignore[method-assign]
    try:
        with pytest.raises(Stop):
            stop_as_owner(before["USER"])
    finally:
        del connection.close
    assert connection.settings_dict == before


def test_where_one_role_does_everything_nothing_changes(db: None) -> None:
    before = dict(connection.settings_dict)
    with as_database_owner(DEFAULT_DB_ALIAS) as role:
        assert role == ""
        assert connection.settings_dict == before
