"""What long-running processes say: one JSON line per event on stderr, keys and counts only, redacted."""

from __future__ import annotations

import logging
import sys

import structlog

from mentalspace.redaction import redact
from mentalspace.settings import LogLevel


def configure_logs(level: LogLevel) -> None:
    """Send structlog's events to stderr from `level` on: JSON lines, or readable ones on a terminal."""
    readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries may put values into their messages: only what they call an error, and no traceback.
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s", force=True)
