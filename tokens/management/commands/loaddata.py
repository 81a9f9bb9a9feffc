"""`loaddata`, recorded with the operating-system user: it writes rows past every rule of the portal."""

from django.core.management.commands.loaddata import Command as DjangoLoaddata

from tokens.management.operators import RecordedCommand


class Command(RecordedCommand, DjangoLoaddata):
    """Django's command that loads rows from files."""
