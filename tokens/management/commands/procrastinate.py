"""procrastinate's own command, of which those parts are recorded that let somebody at the jobs.

The worker is a service that is started again and again, and a look at the queue changes nothing.
"""

from typing import Any

from procrastinate.contrib.django.management.commands.procrastinate import Command as ProcrastinateCommand

from tokens.management.operators import is_typed, operator_actor, try_to_record
from tokens.models import Outcome

_LETS_AT_JOBS = {"defer", "shell"}


class Command(ProcrastinateCommand):
    """Jobs that are made, tried again or cancelled by hand have a name to them."""

    def handle(self, *args: Any, **options: Any) -> None:
        part = options.get("command")
        if part in _LETS_AT_JOBS and is_typed(self):
            try_to_record(self, operator_actor("procrastinate"), Outcome.SUCCESS, arguments=[part])
        super().handle(*args, **options)
