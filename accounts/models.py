"""People, their grants, and which sign-ins are used up. No model here knows anything about PATs.

Rows are locked in one order everywhere: the person first, then their grant. Apps above this one lock the
person before rows of their own. People are locked with `no_key=True`: nothing changes a person's key, and the
full lock would make everybody wait who writes a row that refers to them.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.claims import Role

_SESSION_SALT = "accounts.models.User.session"


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the directory: Entra never changes or reuses tenant id and object id.

    Names and addresses are for display and change at any sign-in.
    """

    password = None  # type: ignore[assignment]  # people sign in with Entra, there is no other way

    tenant_id = models.UUIDField(_("tenant id"), editable=False)
    object_id = models.UUIDField(_("object id"), editable=False)
    username = models.CharField(max_length=80, unique=True, editable=False)
    display_name = models.CharField(_("name"), max_length=256, blank=True)
    user_principal_name = models.CharField(_("sign-in name"), max_length=320, blank=True)
    email = models.CharField(_("e-mail address"), max_length=320, blank=True)
    login_hint = models.CharField(max_length=1024, blank=True)
    is_guest = models.BooleanField(_("guest of the directory"), default=False)
    is_active = models.BooleanField(_("right to sign in"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    created_at = models.DateTimeField(_("known since"), auto_now_add=True)
    signed_in_at = models.DateTimeField(_("last interactive sign-in"), null=True, blank=True)
    disconnected_at = models.DateTimeField(
        _("access for them deleted"), null=True, blank=True, editable=False
    )
    disconnected_reason = models.CharField(_("why it was deleted"), max_length=32, blank=True, editable=False)
    last_login = None  # signed_in_at says it better and is ours

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager["User"]()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "object_id"], name="accounts_user_entra_id"),
            models.CheckConstraint(condition=models.Q(is_superuser=False), name="accounts_user_no_superuser"),
        ]
        indexes = [
            models.Index(
                fields=["disconnected_at"],
                condition=models.Q(disconnected_at__isnull=False),
                name="accounts_user_disconnected",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.user_principal_name or str(self.object_id)

    @property
    def mail_address(self) -> str:
        """Where they get mail: their e-mail address, else their sign-in name; "" without either."""
        return next((text for text in (self.email, self.user_principal_name) if "@" in text), "")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.username = f"{self.tenant_id}/{self.object_id}"
        super().save(*args, **kwargs)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Return what is left of the roles that the last sign-in brought (one query per instance)."""
        if not self.is_active:
            return frozenset()
        names = set(self.groups.values_list("name", flat=True))
        return frozenset(role for role in Role if role.group_name in names)

    def get_session_auth_hash(self) -> str:
        """Return what ties a session to this person, in place of a password's hash."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same for every former secret key."""
        for former_key in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(former_key)

    def _session_hash(self, secret_key: str) -> str:
        return salted_hmac(_SESSION_SALT, self.username, secret=secret_key, algorithm="sha256").hexdigest()


class Grant(models.Model):
    """What a person's sign-in lets the portal do for them: their MSAL cache, encrypted as a whole."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        SIGN_IN_NEEDED = "sign_in_needed", _("sign-in needed")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="grant", primary_key=True)
    key_id = models.CharField(max_length=32)
    sealed_cache = models.BinaryField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.ACTIVE)
    lost_code = models.CharField(_("why it was lost"), max_length=64, blank=True)
    # What Entra called it, for whoever is asked to help; 0 and "" where Entra was not the one that refused.
    lost_aadsts = models.PositiveIntegerField(_("AADSTS number"), default=0)
    lost_correlation_id = models.CharField(_("correlation id"), max_length=36, blank=True)
    interactive_at = models.DateTimeField(_("last interactive sign-in"), db_index=True)
    is_renewable = models.BooleanField(_("holds a refresh token"), default=True)
    access_ends_at = models.DateTimeField(_("access token ends"), null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    unattended_date = models.DateField(_("last used without its owner (UTC)"), null=True, blank=True)
    unattended_for = models.JSONField(_("what for on that day"), default=list, blank=True)
    # What Microsoft wants proved at the next interactive sign-in; encrypted like the cache.
    challenge_key_id = models.CharField(max_length=32, blank=True)
    sealed_challenge = models.BinaryField(default=bytes, blank=True)
    challenged_at = models.DateTimeField(_("last claims challenge"), null=True, blank=True)
    challenge_answered_at = models.DateTimeField(
        _("last challenge answered by a sign-in"), null=True, blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "sign_in_needed"]), name="accounts_grant_state"
            ),
        ]

    def __str__(self) -> str:
        return f"grant of {self.user_id}"

    @property
    def is_active(self) -> bool:
        """Tell whether nothing is known that would make the person sign in again."""
        return self.state == self.State.ACTIVE


class SpentFlow(models.Model):
    """A sign-in that came back from Entra: the row that makes a callback single-use.

    A session cannot do that alone: of two requests at the same moment, each reads it before the other writes.
    """

    state_hash = models.CharField(max_length=64, primary_key=True)
    spent_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"sign-in spent at {self.spent_at}"


class SignIn(models.Model):
    """One signed-in browser: the session holds this row's id, and is over once the row is ended or gone.

    Entra's session id (`sid`) is kept as a hash, for front-channel sign-out; no session key is kept.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    sid_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)
    ended_reason = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [models.Index(fields=["user", "-last_seen_at"], name="accounts_sign_in_user")]

    def __str__(self) -> str:
        return f"session of {self.user_id} since {self.started_at}"


class Alarm(models.Model):
    """Something that concerns everybody and that an operator has to mend: one row for each kind."""

    code = models.CharField(max_length=64, unique=True)
    detail = models.CharField(_("detail"), max_length=256, blank=True)
    aadsts = models.PositiveIntegerField(_("AADSTS number"), default=0)
    correlation_id = models.CharField(_("correlation id"), max_length=36, blank=True)
    first_at = models.DateTimeField(_("since"))
    last_at = models.DateTimeField(_("last seen"))
    count = models.PositiveIntegerField(_("minutes in which it was seen"), default=1)
    ended_at = models.DateTimeField(_("over since"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")

    def __str__(self) -> str:
        return self.code
