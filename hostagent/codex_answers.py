"""What codex tells us, as plain data: the frames it answers, whose login it has, how old it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OLDEST_VERSION = (0, 57, 0)

Frame = Mapping[str, Any]


@dataclass(frozen=True)
class Replies:
    """The answers to a probe's three requests, as JSON-RPC frames; None where none came.

    `is_ended`: codex left before it had answered all, rather than letting the time run out.
    """

    initialize: Frame | None = None
    account: Frame | None = None
    rate_limits: Frame | None = None
    is_ended: bool = False


@dataclass(frozen=True)
class Identity:
    """Whose login auth.json holds, as far as it tells: never a token."""

    email: str | None = None
    account_id: str | None = None


def is_too_old(version: str) -> bool:
    """Before 0.57.0 codex has no `account/read`; `version` is like "0.169.0"."""
    return tuple(int(part) for part in version.split(".")) < OLDEST_VERSION
