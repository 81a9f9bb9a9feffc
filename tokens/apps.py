"""Configuration of the tokens app; connects the receivers and checks."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"
    verbose_name = "Personal access tokens"

    def ready(self) -> None:
        from tokens import checks, receivers  # noqa: F401, PLC0415 - models must be loaded first
