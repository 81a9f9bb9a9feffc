"""Places that exist, and all the others."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.visitors import Visitor


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 400),
        ("/vssps", 400),
        ("/vssps/alpha", 404),
        ("/vssps/{place}/_apis/tokens", 404),
        ("/devops/{place}/_apis/tokens/pats", 404),
        ("/{tenant}", 404),
        ("/{tenant}/oauth2/v2.0/authorize", 404),
        ("/control", 404),
    ],
)
def test_what_does_not_exist_is_said_to_be_missing(visitor: Visitor, path: str, status: int) -> None:
    url = path.format(place=visitor.tenant.organization("alpha").name, tenant=visitor.tenant.tenant_id)
    assert visitor.session.get(visitor.tenant.control.base_url + url, timeout=10).status_code == status


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/", 200, "PAT Portal sandbox"),
        ("/sandbox.css", 200, "prefers-color-scheme: dark"),
        ("/nothing", 404, "no such page"),
        ("/{tenant}/oauth2/v2.0/nothing", 404, "no such page"),
    ],
)
def test_the_pages_have_a_front_door(visitor: Visitor, path: str, status: int, text: str) -> None:
    base = visitor.flow(visitor.application())["auth_uri"].partition(f"/{visitor.tenant.tenant_id}")[0]
    answer = requests.get(base + path.format(tenant=visitor.tenant.tenant_id), timeout=10)
    assert answer.status_code == status
    assert text in answer.text
