"""Who gets a part of a page, and who the whole."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from patportal.lib.htmx import page_or_part


@pytest.mark.parametrize(
    ("headers", "template"),
    [
        ({}, "page.html"),
        ({"HX-Request": "true"}, "page.html#part"),
        ({"HX-Request": "true", "HX-Boosted": "true"}, "page.html"),
    ],
)
def test_htmx_alone_gets_a_part(headers: dict[str, str], template: str) -> None:
    request = RequestFactory().get("/", headers=headers)
    HtmxMiddleware(lambda _request: HttpResponse())(request)
    assert page_or_part(request, "page.html", "part") == template


def test_a_request_that_knows_nothing_of_htmx_gets_the_page() -> None:
    assert page_or_part(RequestFactory().get("/"), "page.html", "part") == "page.html"
