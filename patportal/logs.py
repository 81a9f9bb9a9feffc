"""Structured logs: one JSON object per line, with the request's id, without anything secret.

Tracebacks never show local variables, every line passes the redaction, and the libraries that print
credentials at DEBUG stay at INFO whatever level is asked for.
"""

import logging
import logging.config
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from patportal.lib.redaction import MASK, redact

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# MSAL prints the authorization code and the PKCE verifier at DEBUG, urllib3 whole request lines.
_NEVER_DEBUG = ("msal", "urllib3", "requests", "procrastinate", "asyncio")

# Whose value is a secret whatever its shape.
_SECRET_KEYS = {"authorization", "cookie", "set-cookie", "client_secret"}

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=30)
    ),
]


def _redacted(value: Any) -> Any:
    """Redact every text in an event: in finished JSON an escape would hide where a secret begins."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {redact(str(key)): _redacted_item(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_redacted(item) for item in value]
    return redact(str(value))


def _redacted_item(key: str, item: Any) -> Any:
    return MASK if key.lower() in _SECRET_KEYS else _redacted(item)


class RedactingRenderer:
    """Render an event as JSON and mask whatever in it is shaped like a secret."""

    def __init__(self) -> None:
        self._render = structlog.processors.JSONRenderer()

    def __call__(self, logger: WrappedLogger, name: str, event_dict: EventDict) -> str:
        return str(self._render(logger, name, _redacted(event_dict)))


class OnlyBreakdowns(logging.Filter):
    """Passes what an exception broke; pages that were answered with 5xx on purpose are in the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether an exception goes with `record`."""
        return bool(record.exc_info)


def logging_config(*, level: str) -> dict[str, Any]:
    """Return the configuration for `logging`; `level` is one of `LEVELS`, anything else counts as INFO."""
    level = level.upper() if level.upper() in LEVELS else "INFO"
    library_level = "INFO" if level == "DEBUG" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    RedactingRenderer(),
                ],
                "foreign_pre_chain": _SHARED,
            }
        },
        "filters": {"only_breakdowns": {"()": OnlyBreakdowns}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            # A logger without any handler is not silent: Python then prints its warnings as they are.
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": library_level} for name in _NEVER_DEBUG},
            # They announce every task and schedule at each start of each process.
            "procrastinate.blueprints": {"level": "WARNING"},
            "procrastinate.periodic": {"level": "WARNING"},
            # Django's own handlers would print unredacted text beside ours, or mail it.
            "django": {"handlers": [], "propagate": True},
            # Anybody can ask for any host; a traceback for each would fill the disk.
            "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
            # The request middleware writes the access log; Django's own would repeat it with the query.
            "django.request": {"level": "ERROR", "filters": ["only_breakdowns"]},
            "django.server": {"level": "ERROR"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Set up `logging` and structlog; Django calls it as LOGGING_CONFIG."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
