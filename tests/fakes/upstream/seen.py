"""The requests that reached the fake, and waiting for them."""

import threading
from dataclasses import dataclass, field


@dataclass
class SeenRequest:
    """No header and no body is kept, so no token can be printed by a failing test."""

    method: str
    path: str
    """Without the query."""
    user_agent: str
    account_id: str | None = None
    grant_type: str | None = None
    """Of POST /oauth/token: refresh_token or authorization_code."""
    status: int | str | None = None
    """None while it is being answered; "reset", "truncated", "client gone" when no whole answer was sent."""

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


@dataclass
class RequestLog:
    requests: list[SeenRequest] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, request: SeenRequest) -> None:
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()

    def answer(self, request: SeenRequest, status: int | str) -> None:
        with self.changed:
            request.status = status
            self.changed.notify_all()

    def matching(self, what: str, *, answered: bool = False) -> list[SeenRequest]:
        """Those with this "METHOD /path" (its end is enough: "/wham/usage"), oldest first."""
        with self.changed:
            return [
                request
                for request in self.requests
                if f"{request.method} {request.path}".endswith(what) and (request.status is not None or not answered)
            ]

    def wait_for(self, what: str, timeout: float, count: int, *, answered: bool) -> SeenRequest:
        """The `count`-th matching request. Raises TimeoutError, which names what was seen instead."""
        with self.changed:
            if self.changed.wait_for(lambda: len(self.matching(what, answered=answered)) >= count, timeout):
                return self.matching(what, answered=answered)[count - 1]
            seen = ", ".join(map(str, self.requests)) or "nothing"
            raise TimeoutError(f"{count} × {what} not seen in {timeout} s, but {seen}")

    def clear(self) -> None:
        with self.changed:
            self.requests.clear()
