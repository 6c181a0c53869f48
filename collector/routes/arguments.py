"""What a reader's query may say; anything else is refused, and never guessed at."""

import re
from typing import Literal

from collector import wire
from collector.descriptions import Argument
from collector.errors import Unknown, UnknownAccount, UnknownHost

HOST: Argument[str | None] = Argument("host", wire.HostName, "the name of a host", None)
RAW = Argument("raw", Literal["0", "1"], "1, or 0 to leave out what the provider answered", "1")

PURGE = Argument("purge", Literal["0", "1"], "0, or 1 to delete the history too", "0")


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
