"""Configuration of the tokens app; connects the receivers and checks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TokensConfig(AppConfig):
    name = "tokens"
    verbose_name = _("Personal access tokens")

    def ready(self) -> None:
        from tokens import checks, receivers  # noqa: F401, PLC0415 - models must be loaded first
