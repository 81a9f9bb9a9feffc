"""Static files straight from the source tree."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

NAME = "patportal/css/pages.css"


def test_an_address_carries_a_digest_of_the_content(settings: Any) -> None:
    settings.DEBUG = False
    assert re.fullmatch(rf"/static/{re.escape(NAME)}\?v=[0-9a-f]{{12}}", staticfiles_storage.url(NAME))


def test_different_files_have_different_digests(settings: Any) -> None:
    settings.DEBUG = False
    names = (NAME, "patportal/css/components.css")
    assert len({staticfiles_storage.url(name).partition("v=")[2] for name in names}) == 2


def test_a_developer_gets_plain_addresses(settings: Any) -> None:
    settings.DEBUG = True
    assert staticfiles_storage.url(NAME) == f"/static/{NAME}"


def test_a_file_that_is_not_there_has_no_digest(settings: Any) -> None:
    settings.DEBUG = False
    assert staticfiles_storage.url("patportal/none.css") == "/static/patportal/none.css"


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        (NAME, "max-age=315360000, public, immutable"),
        ("django_htmx/htmx-2.min.js", "max-age=315360000, public, immutable"),
        # Django's own files name one another without a digest.
        ("admin/css/base.css", "max-age=3600, public"),
    ],
)
def test_files_are_served_without_collecting_them(client: Client, db: None, path: str, caching: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Cache-Control"] == caching
    answer.close()


def test_files_travel_compressed(client: Client, db: None) -> None:
    answer = client.get(f"/static/{NAME}", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    packed = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    plain = Path(finders.find(NAME) or "").read_bytes()
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2
    answer.close()


def test_a_part_of_a_file_travels_as_it_is(client: Client, db: None) -> None:
    answer = client.get(f"/static/{NAME}", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-999"})
    assert answer.status_code == 206
    assert not answer.has_header("Content-Encoding")
    answer.close()


@pytest.mark.parametrize("path", ["../settings.py", "%2e%2e/settings.py", "patportal/../../settings.py"])
def test_nothing_beside_them_is_served(client: Client, db: None, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404
