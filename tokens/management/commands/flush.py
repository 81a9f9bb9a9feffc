"""`flush`, recorded with the operating-system user. The audit log itself refuses to be emptied."""

from django.core.management.commands.flush import Command as DjangoFlush

from tokens.management.operators import RecordedCommand


class Command(RecordedCommand, DjangoFlush):
    """Django's command that empties all tables."""
