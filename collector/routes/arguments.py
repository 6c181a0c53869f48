"""What a reader's query may say; anything else is refused, and never guessed at."""

import re
from collections.abc import Iterable

from flask import request

from collector import wire
from collector.errors import InvalidRequest, UnknownAccount


def checked_label(label: str) -> str:
    """What is no label is the label of no account; a database may refuse even to look for it."""
    if not re.match(wire.LABEL_PATTERN, label):
        raise UnknownAccount("No account can have this label.")
    return label


def choice(name: str, allowed: Iterable[str]) -> str | None:
    value = request.args.get(name)
    if value is not None and value not in allowed:
        raise InvalidRequest(f"{name} must be one of: {', '.join(allowed)}")
    return value


def host_filter() -> str | None:
    host = request.args.get("host")
    if host is not None and not re.match(wire.HOST_PATTERN, host):
        raise InvalidRequest("host is not the name of a host")
    return host


def raw_filter() -> bool:
    return choice("raw", ("0", "1")) != "0"
