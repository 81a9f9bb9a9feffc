"""Static files straight from the source tree, with addresses that change when their content does.

WhiteNoise serves what the finders find, so an installation has no collecting step; the digest in the
query makes browsers fetch a changed file at once.
"""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage as DjangoStaticFilesStorage


class StaticFilesStorage(DjangoStaticFilesStorage):
    """Append a digest of the file's content to its address."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        digest = _digest(name or "") if not settings.DEBUG else ""
        return f"{address}?v={digest}" if digest else address


@cache
def _digest(name: str) -> str:
    path = finders.find(name)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12] if path else ""
