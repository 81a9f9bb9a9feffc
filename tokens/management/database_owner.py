"""Work as the owner of the database: for the few commands that must; web and worker never do."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connections

# How to reach the database as its owner. Its name stays: both addresses name the same one.
_PARAMETERS = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def as_database_owner(alias: str) -> Iterator[str]:
    """Reach the database with DATABASE_OWNER_URL meanwhile; yield the role of web and worker.

    "" where one role does everything: then nothing changes.
    """
    connection = connections[alias]
    owner = {"OPTIONS": {}, **settings.DATABASE_OWNER}
    application = {name: connection.settings_dict[name] for name in _PARAMETERS}
    if application["USER"] == owner["USER"]:
        yield ""
        return
    connection.close()
    connection.settings_dict.update({name: owner[name] for name in _PARAMETERS})
    try:
        yield application["USER"]
    finally:
        connection.close()
        connection.settings_dict.update(application)
