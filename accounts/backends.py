"""The only authentication backend: it knows people by their session, for Entra has signed them in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User


class EntraBackend(ModelBackend):
    """No way in by credentials, and no permissions but those of the groups that stand for roles."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:  # type: ignore[override]  # noqa: ARG002
        """Refuse whatever is offered: there are no passwords."""
        return

    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session unless they were disabled meanwhile."""
        people = User.objects.select_related(*settings.SIGNED_IN_WITH)
        return people.filter(pk=user_id, is_active=True).first()

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:  # noqa: ARG002
        return Permission.objects.none()
