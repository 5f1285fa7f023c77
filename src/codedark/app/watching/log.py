"""What `serve` says of itself: one event a line on stderr, JSON unless a person looks on. Never what a record says."""

from __future__ import annotations

import sys
from typing import Any

import structlog


def log_to_stderr(for_people: bool) -> None:
    """Write events from here on; ``for_people`` in words, else as JSON."""
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False) if for_people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def log() -> Any:
    """Where events go."""
    return structlog.get_logger()
