"""Answers of the fake, right ones and spoiled ones."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .accounts import Fault

Cut = Literal["reset", "truncated"]


@dataclass(frozen=True)
class Reply:
    """A JSON answer; a body of bytes or text is sent as it is. `cut`: how the connection breaks instead."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut: Cut | None = None

    def payload(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


RESET = Reply(cut="reset")


def spoiled(fault: Fault, answer: Callable[[], Reply]) -> Reply:
    """What a fault makes of an answer, which is worked out only if the fault lets it through."""
    if fault.reset:
        return RESET
    if fault.truncate:
        return Reply(body='{"plan_type": "plus", "rate_', content_type=fault.content_type, cut="truncated")
    if fault.malformed:
        return _replaced(fault, '{"plan_type": "plus", "rate_limit": {oops')
    if fault.huge_bytes:
        return _huge(fault, answer)
    if fault.status is None:
        return answer()
    default = {"error": {"message": f"fault {fault.status}", "code": "fault"}}
    return _replaced(fault, default if fault.body is None else fault.body)


def _huge(fault: Fault, answer: Callable[[], Reply]) -> Reply:
    pad = "x" * fault.huge_bytes
    return _replaced(fault, {**answer().body, "pad": pad} if fault.status in (None, 200) else pad)


def _replaced(fault: Fault, body: Any) -> Reply:
    return Reply(fault.status or 200, body, fault.headers, fault.content_type)
