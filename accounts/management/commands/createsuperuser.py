"""Refuses: there are no superusers. It stands in front of Django's command of the same name."""

from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Refuses: the portal has no superusers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what Django's own command takes, so that the answer is the sentence and not a usage error."""
        for option in ("--username", "--email", "--database"):
            parser.add_argument(option)
        parser.add_argument("--noinput", "--no-input", action="store_true")

    def handle(self, *args: Any, **options: Any) -> NoReturn:  # noqa: ARG002
        raise CommandError(
            "The portal has no superusers. Assign the app role PatPortal.Admin in Entra; "
            "it counts from that person's next sign-in."
        )
