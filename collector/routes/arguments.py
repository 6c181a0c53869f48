"""What a reader's query may say; anything else is refused, and never guessed at."""

import re
from collections.abc import Iterable

from flask import request

from collector import wire
from collector.errors import InvalidRequest, Unknown, UnknownAccount, UnknownHost


def checked_label(label: str) -> str:
    """What is no label is the label of no account; a database may refuse even to look for it."""
    if not re.match(wire.LABEL_PATTERN, label):
        raise UnknownAccount("No account can have this label.")
    return label


def checked_host(host: str) -> str:
    """As `checked_label`."""
    if not re.match(wire.HOST_PATTERN, host):
        raise UnknownHost("No host can have this name.")
    return host


def checked_id(public_id: str, unknown: type[Unknown]) -> str:
    """As `checked_label`, for the public id of a token or a session."""
    if not re.fullmatch("[0-9a-f]{12}", public_id, re.ASCII):
        raise unknown("This cannot be an id.")
    return public_id


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
