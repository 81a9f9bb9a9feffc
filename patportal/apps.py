"""The project as a Django app: it carries management commands, static files and template tags."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "patportal"
