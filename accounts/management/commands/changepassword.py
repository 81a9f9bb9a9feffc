"""Refuses: there are no passwords. It stands in front of Django's command of the same name."""

from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Refuses: the portal has no passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what Django's own command takes, so that the answer is the sentence and not a usage error."""
        parser.add_argument("username", nargs="?")
        parser.add_argument("--database")

    def handle(self, *args: Any, **options: Any) -> NoReturn:  # noqa: ARG002
        raise CommandError("The portal has no passwords. People sign in with Microsoft Entra.")
