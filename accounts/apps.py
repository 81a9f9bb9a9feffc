"""Configuration of the accounts app."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and sign-in")

    def ready(self) -> None:
        from accounts import checks, grant_life  # noqa: F401, PLC0415 - register once models exist
        from accounts.database_role import warn_at_first_connection  # noqa: PLC0415

        if not settings.DEBUG:
            warn_at_first_connection()
