"""The check that notices when somebody has switched the protection of the audit log off."""

from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.db import connection

from tests.installation import Installation
from tokens.checks import audit_is_append_only, mails_have_a_sender

TRIGGERS = ("tokens_audit_no_change", "tokens_audit_no_truncate")


@pytest.fixture(autouse=True)
def _protected(db: None) -> None:
    """The state of an installation; the tests switch one of them off to empty the table."""
    _alter("ENABLE ALWAYS TRIGGER tokens_audit_no_truncate")


def _alter(what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE tokens_auditevent {what}")


def _found() -> list[CheckMessage]:
    return audit_is_append_only(None, databases=["default"])


def test_all_is_well_as_migrated() -> None:
    assert _found() == []


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("state", ["DISABLE", "ENABLE", "ENABLE REPLICA"])
def test_a_trigger_that_is_not_always_on_is_an_error(trigger: str, state: str) -> None:
    _alter(f"{state} TRIGGER {trigger}")
    (message,) = _found()
    assert message.id == "tokens.E001"
    assert message.is_serious()
    assert trigger in message.msg
    # What the hint says helps.
    assert message.hint is not None
    assert "ENABLE ALWAYS TRIGGER" in message.hint
    _alter(f"ENABLE ALWAYS TRIGGER {trigger}")
    assert _found() == []


def test_missing_triggers_are_one_error() -> None:
    with connection.cursor() as cursor:
        for trigger in TRIGGERS:
            cursor.execute(f"DROP TRIGGER {trigger} ON tokens_auditevent")
    (message,) = _found()
    assert all(trigger in message.msg for trigger in TRIGGERS)


def test_without_a_database_there_is_nothing_to_check() -> None:
    assert audit_is_append_only(None, databases=None) == []
    assert audit_is_append_only(None, databases=[]) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent RENAME TO elsewhere")
    assert _found() == []


def test_an_operator_is_told(installation: Installation) -> None:
    assert "no issues" in installation.manage("check", "--database", "default")
    with installation.connect("DATABASE_OWNER_URL") as owner:
        owner.execute("ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_no_change")
        try:
            with pytest.raises(AssertionError, match=r"tokens\.E001"):
                installation.manage("check", "--database", "default")
        finally:
            owner.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change")


@pytest.mark.parametrize(
    "sender", ["pat-portal@example.com", "PAT Portal <pat-portal@example.com>", "a@localhost"]
)
def test_an_address_may_send_mails(settings: Any, sender: str) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    assert mails_have_a_sender(None) == []


@pytest.mark.parametrize("sender", ["PAT Portal", "pat-portal@", "a@b@c", "PAT Portal <pat-portal>"])
def test_a_sender_that_is_no_address_is_told_at_the_start(settings: Any, sender: str) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    (message,) = mails_have_a_sender(None)
    assert message.id == "tokens.E004"
    assert sender in message.msg
