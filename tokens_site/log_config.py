"""Logging configuration: every line is JSON, without access tokens and without the secrets of links."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from accounts.redaction import redact as redact_token

SECRET_LINK = re.compile(r"(/invitations/[0-9a-f]{32}-\d+\.|/password/reset/key/\w+-)[\w-]+")
"""Paths that work as a credential: invitations and password resets."""


def redact(text: str) -> str:
    """Return `text` without the secrets of access tokens and links."""
    return SECRET_LINK.sub(r"\1…", redact_token(text))


def redact_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Redact every value of a log line, at any depth (a structlog processor)."""
    return {key: _redact_value(value) for key, value in event.items()}


def _redact_value(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {_redact_value(key): _redact_value(item) for key, item in value.items()}
        case list() | tuple():
            return (
                type(value)(_redact_value(item) for item in value)
                if type(value) in {list, tuple}
                else redact(repr(value))
            )
        case None | bool() | int() | float():
            return value
        case _:
            return redact(str(value))


SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [*SHARED_PROCESSORS, structlog.stdlib.ExtraAdder(allow=["status_code"])],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact_event,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        "latchkey": {"level": "INFO"},
        "django_tasks_db": {"level": "ERROR"},
        "django.tasks": {"level": "ERROR"},
    },
}
