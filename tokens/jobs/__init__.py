"""Task bodies by subject: ids in, one operation call. Every job is safe to run twice.

The worker learns its tasks by importing this package; a module that is not imported here has no tasks.
"""

from tokens.jobs import _bulk, _clock, _mail, _operations, _queue, _sync

__all__ = ["_bulk", "_clock", "_mail", "_operations", "_queue", "_sync"]
