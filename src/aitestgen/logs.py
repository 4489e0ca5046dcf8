"""Structured logs on stderr: one JSON object a line (or readable lines in development), with the request's id."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from aitestgen.settings import Settings
from aitestgen.tracing import ids

TALKATIVE = ("aiosqlite", "sqlalchemy", "httpx2", "httpcore2", "psycopg", "multipart")
"""At DEBUG they write what is sent and stored, and with it code and secrets: they warn at most."""


def configure_logs(settings: Settings) -> None:
    """Send structlog's and the standard library's records (uvicorn's too) through the same renderer."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings.log_format))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _common() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        _with_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _with_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line that was written within a span names it."""
    return {**event, **ids()}


def _formatter(form: str) -> logging.Formatter:
    plain = structlog.dev.plain_traceback  # a rich one shows local variables, and with them submitted code
    if form == "console":
        renderer: list[Any] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    else:
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_common()], processors=[drop, *renderer]
    )
