"""What every request passes through: its id, its client's address, its access-log line, its headers."""

import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from ipaddress import ip_address
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import add_never_cache_headers

log = structlog.get_logger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]


def client_address(request: HttpRequest) -> str:
    """Return the client's address, looking behind exactly TRUSTED_PROXY_HOPS proxies.

    Every proxy appends the address it saw to X-Forwarded-For, so the entry as many places from the
    right as there are proxies of ours is the last one that a client cannot invent.
    """
    hops = settings.TRUSTED_PROXY_HOPS
    forwarded = [
        part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
    ]
    candidate = forwarded[-hops] if hops and len(forwarded) >= hops else request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(candidate)
    except ValueError:
        return ""
    # A socket for both kinds names IPv4 clients as ::ffff:a.b.c.d, which would all be of one IPv6 network.
    return str(getattr(address, "ipv4_mapped", None) or address)


class RequestIdMiddleware:
    """Give each request an id of our own, bind it to every log line, and write the access log.

    An id that a client sends is kept apart and cut: an id that we quote to people must be ours.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4().hex  # type: ignore[attr-defined]
        request.client_address = client_address(request)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        if inbound := request.headers.get("X-Request-ID", ""):
            structlog.contextvars.bind_contextvars(inbound_request_id=_printable(inbound)[:64])
        started = time.monotonic()
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        route = request.resolver_match.view_name if request.resolver_match else "-"
        milliseconds = round((time.monotonic() - started) * 1000)
        log.info("request", route=route, method=request.method, status=response.status_code, ms=milliseconds)
        return response


class ResponseHeadersMiddleware:
    """Add the headers that no view should have to remember; a view's own value wins."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class LanguageMiddleware(LocaleMiddleware):
    """Answer in the reader's language, and leave the thread in that of the portal."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        with translation.override(settings.LANGUAGE_CODE):
            return super().__call__(request)


class CompressionMiddleware(GZipMiddleware):
    """Compress what is read again and again: whole answers to GET.

    The secret of a PAT stands in the answer to a POST alone, which is never compressed: its length tells
    nothing. What else pages hold is kept from guessing by CSRF values that are masked anew in each
    answer and by the random length that Django adds.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_read = request.method in {"GET", "HEAD"} and response.status_code == HTTPStatus.OK
        return super().process_response(request, response) if is_read else response


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
