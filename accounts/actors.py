"""Where a request becomes an `Actor`: who it is, and where it came from."""

from uuid import UUID

from django.http import HttpRequest

from accounts.claims import Profile
from accounts.models import User
from accounts.tenants import label_if_other
from patportal.lib.actors import Actor, ActorKind, Origin

ANONYMOUS_LABEL = "somebody not signed in"
_USER_AGENT_LENGTH = 256


def origin_of(request: HttpRequest) -> Origin:
    """Return the request's id and address as the portal's middleware found them, and its user agent."""
    agent = request.headers.get("User-Agent", "")
    return Origin(
        request_id=getattr(request, "request_id", ""),
        address=getattr(request, "client_address", ""),
        user_agent="".join(char for char in agent if char.isprintable())[:_USER_AGENT_LENGTH],
    )


def actor_for(request: HttpRequest) -> Actor:
    """Return the person behind `request`, or an anonymous person where nobody is signed in."""
    if isinstance(request.user, User):
        return actor_for_user(request.user, origin=origin_of(request))
    return Actor(kind=ActorKind.PERSON, label=ANONYMOUS_LABEL, origin=origin_of(request))


def actor_for_user(user: User, *, origin: Origin) -> Actor:
    """Return `user` as an actor."""
    return Actor(
        kind=ActorKind.PERSON,
        label=_named(str(user), user.tenant_id),
        tenant_id=user.tenant_id,
        object_id=user.object_id,
        origin=origin,
    )


def actor_for_profile(profile: Profile, *, origin: Origin) -> Actor:
    """Return the person of a validated ID token as an actor, whether or not they are a user."""
    return Actor(
        kind=ActorKind.PERSON,
        label=_named(
            profile.display_name or profile.user_principal_name or str(profile.object_id), profile.tenant_id
        ),
        tenant_id=profile.tenant_id,
        object_id=profile.object_id,
        origin=origin,
    )


def _named(name: str, tenant_id: UUID) -> str:
    """Return a name, with the tenant beside it where that is another one: names are unique in none."""
    tenant = label_if_other(tenant_id)
    return f"{name} ({tenant})" if tenant else name
