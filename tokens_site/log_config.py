"""Logging: structlog renders every line, Django's and granian's too; tokens and the secrets of links are cut."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from accounts.redaction import redact as redact_token

SECRET_OF_LINK = re.compile(r"(/invitations/[0-9a-f]{32}-\d+\.|/password/reset/key/\w+-)[\w-]+")
"""An address that lets in whoever has it."""


def redact(text: str) -> str:
    """`text` without tokens and without what is secret in links."""
    return SECRET_OF_LINK.sub(r"\1…", redact_token(text))


def redact_tokens(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A processor: no value of a log line, however deep, holds a token."""
    return {key: _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {_redacted(key): _redacted(item) for key, item in value.items()}
        case list() | tuple():
            return (
                type(value)(_redacted(item) for item in value) if type(value) in {list, tuple} else redact(repr(value))
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
                redact_tokens,
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
