"""The link by which reminders stop for a while, bound to one person, to this purpose and to 60 days.

It is no sign-in: whoever has it can turn one person's reminders off and on, and nothing else.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.core import signing

from accounts.models import User
from tokens.mail._letter import address_of

_SALT = "tokens.unsubscribe.reminders"
LINK_AGE = timedelta(days=60)


def unsubscribe_address(user: User) -> str:
    """Return the page that asks whether reminders are to stop; only a POST to it acts."""
    return address_of("unsubscribe", signing.dumps(user.pk, salt=_SALT))


def user_of_link(link: str) -> User | None:
    """Return whose reminders a link is about; None for a foreign, altered or old one."""
    try:
        user_id = signing.loads(link, salt=_SALT, max_age=LINK_AGE)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=user_id, is_active=True).first()


def unsubscribe_headers(address: str) -> Mapping[str, str]:
    """Return the headers by which mail programs offer a button of their own (RFC 8058)."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
