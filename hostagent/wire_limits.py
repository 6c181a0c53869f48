"""What the wire format carries: alphabets, lengths, numbers. Larger values are left out before they are sent."""

import re
from typing import Any

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

MAX_ITEMS = 100
MAX_BODY_BYTES = 1024 * 1024
MAX_RAW_BYTES = 64 * 1024
MAX_ACCOUNTS = 1000
MAX_DEPTH = 32
MAX_INTEGER = 2**53
MAX_EPOCH_SECONDS = 253_402_300_799  # the end of the year 9999
MAX_EMAIL = 320
MAX_NAME = 100
MAX_TEXT = 500
MAX_NOTE = 2000
MAX_LIMITS = 64
MAX_RESET_CREDITS = 100


def is_sendable(value: Any, depth: int = 1) -> bool:
    """Whether the collector takes this value: no NUL, no half surrogate pair, no huge number, no deep nesting."""
    if isinstance(value, str):
        return "\0" not in value and value.encode("utf-8", "ignore").decode() == value
    if isinstance(value, dict):
        return depth <= MAX_DEPTH and all(is_sendable(k) and is_sendable(v, depth + 1) for k, v in value.items())
    if isinstance(value, list):
        return depth <= MAX_DEPTH and all(is_sendable(member, depth + 1) for member in value)
    return value is None or abs(value) <= MAX_INTEGER
