"""`dumpdata`, recorded with the operating-system user: it reads everything that is stored about everybody."""

from django.core.management.commands.dumpdata import Command as DjangoDumpdata

from tokens.management.operators import RecordedCommand


class Command(RecordedCommand, DjangoDumpdata):
    """Django's command that writes rows out."""
