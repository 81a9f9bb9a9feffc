"""`send_reminders` makes and sends the reminders that are due, as the worker does each minute.

With `--dry-run` it prints who would get what and why, and changes nothing; with `--at-once` nobody waits for
nine o'clock. It ends with 2 where it was called wrongly.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from accounts.models import User
from patportal.lib.database_clock import database_now
from tokens import operations
from tokens.management.operators import operator_actor, record_command
from tokens.management.reminder_report import report
from tokens.models import Outcome
from tokens.reminder_queries import people_to_look_at


class Command(BaseCommand):
    help = (
        "Makes and sends the reminders that are due, as the worker does each minute. With --dry-run it "
        "prints who would get what and why, or why not, and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print, and change nothing")
        parser.add_argument(
            "--person",
            action="append",
            default=[],
            metavar="WHO",
            help="only this person: a sign-in name, or TENANT-ID/OBJECT-ID; may be given several times",
        )

        parser.add_argument(
            "--at-once", action="store_true", help="wait for no nine o'clock: send what is due by then now"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print, or make and send."""
        now, at_once = database_now(), options["at_once"]
        people = sorted({_person(text).pk for text in options["person"]}) or None
        is_all = people is not None or at_once
        if at_once and people is None:
            people = sorted(User.objects.filter(pats__isnull=False).distinct().values_list("pk", flat=True))
        if options["dry_run"]:
            ids = people_to_look_at(now=now) if people is None else people
            for line in report(ids, now=now, is_all=is_all, is_at_once=at_once):
                self.stdout.write(line)
            return
        actor = operator_actor("send_reminders")
        record_command(self, actor, Outcome.REQUESTED)
        made = operations.remind(now=now, people=people, is_at_once=at_once)
        sent = operations.send_mails(actor=actor, now=database_now())
        record_command(self, actor, Outcome.SUCCESS)
        self.stdout.write(
            f"Made {_mails(made)} about ends; {_mails(sent)} had their turn, and the worker sends the rest."
        )


def _person(text: str) -> User:
    found = list(User.objects.filter(Q(username=text) | Q(user_principal_name__iexact=text))[:2])
    if len(found) == 1:
        return found[0]
    problem = "Several people have" if found else "Nobody who is known here has"
    raise CommandError(
        f"{problem} the sign-in name “{text}”. Name the person by TENANT-ID/OBJECT-ID, as in the admin.",
        returncode=2,
    )


def _mails(count: int) -> str:
    return f"{count:,} mail{'' if count == 1 else 's'}"
