"""`migrate` as the database's owner, who then gives web and worker the rights they need and no more.

Whoever types it is recorded, where there was something to apply.
"""

from pathlib import Path
from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from tokens.management.database_owner import as_database_owner
from tokens.management.operators import is_typed, operator_actor, try_to_record
from tokens.models import Outcome

_RIGHTS = Path(__file__).parents[2] / "sql" / "application_rights.sql"


def _applied(alias: str) -> set[str]:
    return {".".join(key) for key in MigrationRecorder(connections[alias]).applied_migrations()}


class Command(DjangoMigrate):
    """Migrate with DATABASE_OWNER_URL where it is set; web and worker keep their own role."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_database_owner(options["database"]) as application_role:
            self._migrate(*args, **options)
            if application_role:
                self._give_rights(options["database"], application_role)

    def _migrate(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        if not is_typed(self) or alias != DEFAULT_DB_ALIAS:
            super().handle(*args, **options)
            return
        before, outcome = _applied(alias), Outcome.FAILED
        try:
            super().handle(*args, **options)
            outcome = Outcome.SUCCESS
        finally:
            # Of one that failed, the migrations before it stay.
            if changed := sorted(_applied(alias) ^ before):
                try_to_record(self, operator_actor("migrate"), outcome, migrations=changed)

    def _give_rights(self, alias: str, role: str) -> None:
        tables = connections[alias].introspection.table_names()
        if "tokens_auditevent" not in tables:
            return
        with connections[alias].cursor() as cursor:
            name = sql.Identifier(role).as_string(cursor.connection)
            cursor.execute(_RIGHTS.read_text().replace("{role}", name))
