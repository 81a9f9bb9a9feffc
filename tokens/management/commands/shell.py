"""`shell`, recorded with the operating-system user: whoever opens it can read and change everything."""

from django.core.management.commands.shell import Command as DjangoShell

from tokens.management.operators import RecordedDoor


class Command(RecordedDoor, DjangoShell):
    """Django's shell; what is typed in it is not recorded."""
