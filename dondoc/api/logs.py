"""Logs of the web process: to standard error, a JSON object a line, or text for people.

Each request is one line. It bears the path's template, never the query or the body: those may hold
people's words. Tracebacks stand here and in no answer.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.types import Scope

ACCESS = logging.getLogger("dondoc.access")
EXTRAS = ("request_id", "method", "path", "status", "ms", "actor", "bytes", "client")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        found |= {name: value for name in EXTRAS if (value := getattr(record, name, None))}
        if record.exc_info:
            found["traceback"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(found, default=str).decode()
        except TypeError:
            # What callers sent may hold half a pair of surrogates, which this way is escaped.
            return json.dumps(found, default=str)


class TextFormatter(logging.Formatter):
    """A record as a line for people, followed by its traceback if it has one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, with what is known of the request behind it."""
        line = super().formatMessage(record)
        known = {name: getattr(record, name, None) for name in EXTRAS}
        return " ".join([line, *(f"{name}={value}" for name, value in known.items() if value)])


def config(form: str) -> dict[str, Any]:
    """The configuration of ``logging``; ``form``: ``json`` or ``text``."""
    name = "JsonFormatter" if form == "json" else "TextFormatter"
    handler = {"class": "logging.StreamHandler", "formatter": "form", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"form": {"()": f"{__name__}.{name}"}},
        "handlers": {"stderr": handler},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"dondoc": {"level": "INFO"}, "uvicorn": {"level": "INFO"}},
    }


def note_request(scope: Scope, template: str, status: int, ms: float, size: int) -> None:
    """One line for a request that was answered. Status 499: the caller went away."""
    if not ACCESS.isEnabledFor(logging.INFO):
        return
    caller = scope.get("state", {}).get("caller")
    extra = {
        "request_id": scope.get("request_id"),
        "method": scope["method"],
        "path": template,
        "status": status,
        "ms": round(ms, 1),
        "actor": caller.actor if caller else "anonymous",
        "bytes": size,
        "client": (scope.get("client") or ("",))[0],
    }
    ACCESS.info("request", extra=extra)
