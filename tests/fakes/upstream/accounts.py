"""One ChatGPT account as the fake backend knows it, and what it can be told to do wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .usage import usage

Endpoint = Literal["usage", "check", "reset_credits", "bundle", "refresh"]
RefreshMode = Literal["ok", "reused", "expired", "invalidated", "unknown401", "invalid_grant", "500", "reset", "slow"]


@dataclass(frozen=True)
class Fault:
    """How an endpoint misbehaves. Only `delay_seconds`: late, but right.

    `status` with any `body` replaces the answer (200 too, so any payload can be sent). `malformed` is no
    JSON, `huge_bytes` pads a right answer or, with an error `status`, is the body; `reset` sends a TCP RST
    instead of an answer, `truncate` closes in the middle of one. `times`: only the next so many requests.
    """

    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    delay_seconds: float = 0
    malformed: bool = False
    huge_bytes: int = 0
    reset: bool = False
    truncate: bool = False
    times: int | None = None


@dataclass
class Account:
    """Everything below may be set at any time; the next request sees it."""

    account_id: str
    email: str | None
    plan: str = "plus"
    user_id: str = ""
    usage: Mapping[str, Any] = field(default_factory=usage)
    """Payload of `usage()`. Ids, e-mail and plan are filled in unless it brings its own."""
    reset_credits: list[Mapping[str, Any]] = field(default_factory=list)
    backend_origin: str | None = "https://chatgpt.com"
    """What accounts/check says; codex refuses all but an https origin."""
    faults: dict[Endpoint, Fault] = field(default_factory=dict)
    strict: bool = True
    """401 for an access token that is expired, revoked or not of this issuer."""

    access_ttl_seconds: float = 864_000
    refresh_mode: RefreshMode = "ok"
    refresh_reply_delay_seconds: float = 0
    """The refresh token is spent at once, its successor arrives this late."""
    slow_refresh_seconds: float = 30
    """How long `refresh_mode = "slow"` takes to answer 500."""

    refresh_requests: int = 0
    refreshes: int = 0
    """Refresh requests that were granted."""
    reused_refresh_tokens: int = 0
    """Refresh requests with a token that was spent before: what an issuer may take for theft."""
    refreshes_in_flight: int = 0
    most_concurrent_refreshes: int = 0

    def __post_init__(self) -> None:
        self.user_id = self.user_id or f"user-{self.account_id}"

    def take_fault(self, endpoint: Endpoint) -> Fault | None:
        """The fault for this request, counted down. The caller holds the state's lock."""
        fault = self.faults.get(endpoint)
        if fault is None or fault.times is None:
            return fault
        if fault.times <= 1:
            del self.faults[endpoint]
        else:
            self.faults[endpoint] = replace(fault, times=fault.times - 1)
        return fault if fault.times > 0 else None
