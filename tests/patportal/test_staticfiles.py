"""Static files straight from the source tree."""

import re
from typing import Any

import pytest
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


@pytest.mark.parametrize("path", [NAME, "admin/css/base.css"])
def test_files_are_served_without_collecting_them(client: Client, db: None, path: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "max-age=3600" in answer["Cache-Control"]
    answer.close()


@pytest.mark.parametrize("path", ["../settings.py", "%2e%2e/settings.py", "patportal/../../settings.py"])
def test_nothing_beside_them_is_served(client: Client, db: None, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404
