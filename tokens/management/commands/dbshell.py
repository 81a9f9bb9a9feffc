"""`dbshell`, recorded with the operating-system user: whoever opens it can read and change everything."""

from django.core.management.commands.dbshell import Command as DjangoDbshell

from tokens.management.operators import RecordedDoor


class Command(RecordedDoor, DjangoDbshell):
    """Django's way to `psql`; what is typed in it is not recorded."""
