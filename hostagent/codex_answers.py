"""What codex tells us, as plain data: the frames it answers, whose login it has, how old it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hostagent.wire_limits import MAX_TEXT, is_sendable

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
    plan_type: str | None = None


def is_too_old(version: str) -> bool:
    """Before 0.57.0 codex has no `account/read`; `version` is like "0.169.0"."""
    return tuple(int(part) for part in version.split(".")) < OLDEST_VERSION


def user_agent(replies: Replies) -> str | None:
    """codex's own name and version, like `codex-status-fleet/0.169.0 (…)`."""
    name = result_of(replies.initialize).get("userAgent")
    return name if isinstance(name, str) and 0 < len(name) <= MAX_TEXT and is_sendable(name) else None


def result_of(frame: Frame | None) -> Frame:
    """Its result object; empty for an error, for no frame, and for a result that is no object."""
    return mapping(mapping(frame).get("result"))


def message_of(frame: Frame | None) -> str:
    """The words of an error frame; empty when it is none."""
    return str(mapping(mapping(frame).get("error")).get("message", ""))


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one: what codex sends is not ours to trust."""
    return value if isinstance(value, dict) else {}
