"""What Entra's sign-out page loads in a frame, so that signing out at Microsoft is signing out here as well.

A convenience: `sid` is an optional claim, and browsers may block frames. Time limits and refused refreshes
are what ends sessions for certain. No cookie comes with such a request, and none is needed or set.
"""

import time
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET

from accounts.actors import origin_of
from accounts.rate_limit import RateLimit
from accounts.sessions import end_sessions_of_sid
from patportal.lib.networks import is_loopback

log = structlog.get_logger(__name__)

_SID_LENGTH = 128
# A company may stand behind one address; whoever guesses at ids of 122 random bits gets nowhere anyway.
_limit = RateLimit(per_minute=60, most_addresses=10_000)


@require_GET
@xframe_options_exempt
def front_channel_sign_out(request: HttpRequest) -> HttpResponse:
    """End the sessions that began with Entra's session `sid`; the answer never tells whether any did."""
    sid = request.GET.get("sid", "")
    origin = origin_of(request)
    if not _limit.allows(origin.address, now=time.monotonic()):
        log.warning("front_channel_limited", address=origin.address)
    elif 0 < len(sid) <= _SID_LENGTH:
        count = end_sessions_of_sid(sid, origin=origin, now=timezone.now())
        log.info("front_channel_sign_out", sessions=count)
    response = HttpResponse('<!DOCTYPE html><html lang="en"><title>Signed out</title></html>\n')
    response["Content-Security-Policy"] = f"default-src 'none'; frame-ancestors {_entra_origins()}"
    return response


def _entra_origins() -> str:
    """Return who may show it in a frame: Entra, and for the sandbox its plain pages on this machine."""
    entra = urlsplit(settings.ENTRA_AUTHORITY)
    origins = [f"{entra.scheme}://{entra.netloc}"]
    if settings.ALLOW_OTHER_HOSTS and is_loopback(entra.hostname or ""):
        origins.append(f"http://{entra.hostname}:*")
    return " ".join(origins)
