"""The warning about running as the owner."""

import os

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.signals import connection_created
from environ import Env

from accounts import database_role
from accounts.database_role import is_owner, is_serving


@pytest.mark.parametrize(
    ("arguments", "is_it"),
    [
        (["/venv/bin/gunicorn", "patportal.wsgi:application"], True),
        (["/venv/lib/python3.11/site-packages/gunicorn/__main__.py", "patportal.wsgi"], True),
        (["/venv/lib/python3.11/site-packages/django/__main__.py", "migrate"], False),
        (["manage.py", "procrastinate", "worker"], True),
        (["manage.py", "runserver"], True),
        (["manage.py", "migrate"], False),
        (["manage.py"], False),
        (["/venv/bin/django-admin", "check"], False),
    ],
)
def test_it_knows_which_processes_serve(arguments: list[str], is_it: bool) -> None:
    assert is_serving(arguments) is is_it


@pytest.mark.django_db
def test_it_tells_the_owner_from_the_portals_role() -> None:
    assert is_owner(connection)
    login = Env.db_url_config(os.environ["DATABASE_URL"])
    other = DatabaseWrapper(
        {**connection.settings_dict, "USER": login["USER"], "PASSWORD": login["PASSWORD"]},
        # Django looks up the database's own types under this name.
        alias=connection.alias,
    )
    try:
        assert not is_owner(other)
    finally:
        other.close()


@pytest.mark.django_db
def test_it_warns_once_as_owner(caplog: pytest.LogCaptureFixture) -> None:
    connection_created.connect(database_role._look, dispatch_uid=database_role._UID)
    for _ in range(2):
        connection_created.send(sender=type(connection), connection=connection)
    found = [one for one in caplog.records if "running_as_database_owner" in str(one.msg)]
    assert [one.levelname for one in found] == ["WARNING"]
