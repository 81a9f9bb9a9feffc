"""`migrate` as the database's owner, who then gives web and worker the rights they need and no more."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections
from psycopg import sql

# How to reach the database as its owner. Its name stays: both addresses name the same one.
_PARAMETERS = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
_RIGHTS = Path(__file__).parents[2] / "sql" / "application_rights.sql"


class Command(DjangoMigrate):
    """Migrate with DATABASE_OWNER_URL where it is set; web and worker keep their own role."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        application_role = connection.settings_dict["USER"]
        owner = {"OPTIONS": {}, **settings.DATABASE_OWNER}
        if application_role == owner["USER"]:
            super().handle(*args, **options)
            return
        connection.close()
        application = {name: connection.settings_dict[name] for name in _PARAMETERS}
        connection.settings_dict.update({name: owner[name] for name in _PARAMETERS})
        try:
            super().handle(*args, **options)
            self._give_rights(options["database"], application_role)
        finally:
            connection.close()
            connection.settings_dict.update(application)

    def _give_rights(self, alias: str, role: str) -> None:
        tables = connections[alias].introspection.table_names()
        if "tokens_auditevent" not in tables:
            return
        with connections[alias].cursor() as cursor:
            name = sql.Identifier(role).as_string(cursor.connection)
            cursor.execute(_RIGHTS.read_text().replace("{role}", name))
