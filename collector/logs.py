"""Logging to standard error: JSON for programs, one object a line, and plain lines for somebody at a terminal."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from flask import g, has_request_context

# Tokens, codes and sessions end in so many hex digits. None of them is ever meant to be logged.
_SECRET = re.compile(r"[0-9A-Fa-f]{64}")


class JsonLines(logging.Formatter):
    """Nothing that is logged can forge a second line: JSON has other words for whatever is not printed."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            entry["request_id"] = g.get("request_id")
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return _SECRET.sub("...", json.dumps(entry))


class PlainLines(logging.Formatter):
    """As JsonLines, for people. Nothing that is logged can speak to the terminal itself."""

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        lines = [f"{_time(record).astimezone():%H:%M:%S} {level}{record.getMessage()}"]
        if record.exc_info:
            lines += self.formatException(record.exc_info).splitlines()
        return _SECRET.sub("...", "\n".join(_printable(line) for line in lines))


def configure_logging(level: str) -> None:
    """Send what the collector logs to standard error."""
    direct(logging.getLogger("collector"))
    logging.getLogger("collector").setLevel(level)


def direct(logger: logging.Logger) -> None:
    """Let `logger` speak in our form, and in no other."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainLines() if sys.stderr.isatty() else JsonLines())
    logger.handlers = [handler]
    logger.propagate = False


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
