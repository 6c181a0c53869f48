"""All that the fake remembers, shared by its request threads."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .accounts import Account, Endpoint
from .logins import Logins
from .replies import Reply, spoiled
from .seen import RequestLog, SeenRequest
from .tokens import TokenBook


@dataclass
class State:
    base_url: str
    tokens: TokenBook
    accounts: dict[str, Account] = field(default_factory=dict)
    anonymous: Account | None = None
    """Who answers a request that names no known account; None: 401."""
    logins: Logins = field(default_factory=Logins)
    log: RequestLog = field(default_factory=RequestLog)
    lock: threading.RLock = field(default_factory=threading.RLock)
    closing: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Hold an answer back; closing the fake ends every pause."""
        self.closing.wait(seconds)

    def with_faults(self, account: Account, endpoint: Endpoint, answer: Callable[[], Reply]) -> Reply:
        with self.lock:
            fault = account.take_fault(endpoint)
        if fault is None:
            return answer()
        self.pause(fault.delay_seconds)
        return spoiled(fault, answer)


@dataclass(frozen=True)
class Call:
    """One request, read."""

    seen: SeenRequest
    bearer: str
    account_header: str | None
    query: dict[str, str]
    form: dict[str, Any]
    """The body, be it JSON or a form."""
