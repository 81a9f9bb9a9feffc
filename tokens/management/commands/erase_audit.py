"""`erase_audit` erases personal fields of the audit log, as the owner of the database.

It ends with 1 where nothing could be erased or somebody said no, with 2 where it was called wrongly.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TextIO
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, ProgrammingError
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from accounts.models import User
from tokens import operations
from tokens.audit import Person
from tokens.audit_proof.findings import ErasureDisturbed
from tokens.management.database_owner import as_database_owner
from tokens.management.operators import operator_actor, try_to_record
from tokens.models import Outcome


@dataclass(slots=True)
class _Known:
    """Somebody of whom only the ids are known; their row may be gone."""

    tenant_id: UUID
    object_id: UUID


class Command(BaseCommand):
    help = (
        "Erases names, addresses and what people typed from the audit log: of one person, or of everything "
        "older than a day. What lasts stays provable; nobody can bring back what is erased."
    )
    stealth_options = ("stdin",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", metavar="WHO", help="a sign-in name, or TENANT-ID/OBJECT-ID")
        age = parser.add_mutually_exclusive_group()
        age.add_argument("--before", type=_day, metavar="DATE", help="what is older than this day")
        age.add_argument("--older-than", type=_age, metavar="DAYS", help="what is older than so many days")
        parser.add_argument(
            "--reason",
            required=True,
            type=_reason,
            metavar="TEXT",
            help="why; it stays for good, so no names",
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and erase nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Count, ask, and erase."""
        before = _before(options, now=timezone.now())
        if options["person"] is None and before is None:
            raise CommandError("Say of whom (--person) or how old (--before, --older-than).", returncode=2)
        with as_database_owner(DEFAULT_DB_ALIAS):
            person = _person(options["person"]) if options["person"] is not None else None
            count = operations.count_erasable(person=person, before=before)
            self.stdout.write(f"{_counted(count)} with personal fields to erase.")
            if options["dry_run"]:
                return
            if not options["yes"]:
                self._ask(options.get("stdin") or sys.stdin)
            self._erase(person, before, options["reason"])

    def _ask(self, stdin: TextIO) -> None:
        """Go on with the word alone. Raises CommandError."""
        self.stdout.write("Nobody can bring back what is erased. To go on, type: erase")
        if stdin.readline().strip() != "erase":
            raise CommandError("Nothing was erased.")

    def _erase(self, person: Person | None, before: datetime | None, reason: str) -> None:
        actor = operator_actor("erase_audit")
        try:
            erased = operations.erase_audit(actor=actor, person=person, before=before, reason=reason)
        except ErasureDisturbed as exc:
            raise CommandError(
                "Nothing was erased: events about this person were written all the time. Try again when they "
                "are not working with the portal."
            ) from exc
        except ProgrammingError as exc:
            if not isinstance(exc.__cause__, InsufficientPrivilege):
                raise
            try_to_record(self, actor, Outcome.REFUSED)
            raise CommandError(
                "Nothing was erased: only the database's owner may. Set DATABASE_OWNER_URL to its "
                "address, as for migrate."
            ) from exc
        self.stdout.write(f"Erased the personal fields of {_counted(erased)}; an event tells of it.")


def _before(options: dict[str, Any], *, now: datetime) -> datetime | None:
    if options["older_than"] is not None:
        return now - timedelta(days=options["older_than"])
    if options["before"] is None:
        return None
    before = timezone.make_aware(datetime.combine(options["before"], time.min))
    if before > now:
        raise CommandError(f"{options['before']} is not over yet.", returncode=2)
    return before


def _person(text: str) -> Person:
    tenant, _, person = text.partition("/")
    try:
        return _Known(UUID(tenant), UUID(person))
    except ValueError:
        found = list(User.objects.filter(user_principal_name__iexact=text)[:2])
    if len(found) == 1:
        return found[0]
    problem = "Several people have" if found else "Nobody who is known here has"
    raise CommandError(
        f"{problem} the sign-in name “{text}”. Name the person by TENANT-ID/OBJECT-ID; events show both ids.",
        returncode=2,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text} is no day like 2026-11-24") from exc


def _age(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 36_500):
        raise ArgumentTypeError("it takes a number of days from 1 on")
    return int(text)


def _reason(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("it may not be empty")
    return text.strip()


def _counted(number: int) -> str:
    return f"{number:,} event{'' if number == 1 else 's'}"
