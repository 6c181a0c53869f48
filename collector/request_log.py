"""What each request leaves in the log: one line, under an id that its answer carries too."""

import logging
import random
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Flask, Response, current_app, g, request

logger = logging.getLogger(__name__)

# A proxy may give its own id, but nothing that could be a secret or more than an id.
_ID = re.compile("[A-Za-z0-9._-]{1,48}")


def init_app(app: Flask) -> None:
    """Called before all others, so that every request has its id, and its line tells the answer as it goes out."""
    app.extensions["form_request_line"] = _plain_line if sys.stderr.isatty() else _json_line
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started_at = time.perf_counter()
    given = request.headers.get("X-Request-Id")
    g.request_id = given if given and _ID.fullmatch(given) else _new_id()


def _new_id() -> str:
    return f"{random.getrandbits(64):016x}"


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    level = _level(response.status_code)
    if logger.isEnabledFor(level):
        form_line: Callable[[dict[str, Any]], str] = current_app.extensions["form_request_line"]
        # Straight to where logging would bring it, for so many lines by a long way.
        with suppress(OSError):
            sys.stderr.write(form_line(_what_to_tell(level, response.status_code)))
    return response


def _level(status: int) -> int:
    if status >= 500:
        return logging.ERROR
    return logging.DEBUG if request.blueprint == "health" else logging.INFO


def _what_to_tell(level: int, status: int) -> dict[str, Any]:
    """Never the path as it was sent: in there, and in its query, may stand anything."""
    route = request.url_rule.rule if request.url_rule else None
    return {
        "time": datetime.now(UTC),
        "level": logging.getLevelName(level),
        "message": f"{request.method} {route or '(no route)'} {status}",
        "request_id": g.request_id,
        "token_id": g.get("token_id"),
        "route": route,
        "status": status,
        "duration_ms": round((time.perf_counter() - g.started_at) * 1000, 1),
    }


def _json_line(told: dict[str, Any]) -> str:
    return msgspec.json.encode(told).decode() + "\n"


def _plain_line(told: dict[str, Any]) -> str:
    return f"{told['time'].astimezone():%H:%M:%S} {told['message']} in {told['duration_ms']} ms\n"
