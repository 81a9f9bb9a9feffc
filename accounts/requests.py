"""What every view of a signed-in person may rely on."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class PersonRequest(HttpRequest):
    """A request behind `sign_in_required`, as the middleware leaves it."""

    user: User
    htmx: HtmxDetails
    request_id: str
    client_address: str
