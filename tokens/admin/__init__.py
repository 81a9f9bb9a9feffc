"""The Django admin: the audit log with its proof and the inventory, to read and never to change."""

from tokens.admin import _events, _inventory, _proof, _queue, _reminders

__all__ = ["_events", "_inventory", "_proof", "_queue", "_reminders"]
