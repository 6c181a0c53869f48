"""Logins under way: device codes that wait for approval, and authorization codes to exchange."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from .accounts import Account
from .replies import Reply


@dataclass
class DeviceLogin:
    """How the issuer treats device logins. May be set at any time."""

    approved: Account | None = None
    """Who every login turns out to be. None: they wait for `FakeChatGPT.approve()`."""
    polls_before_approval: int = 0
    pending_status: int = 403
    """403 and 404 are what codex takes for "not yet"."""
    denied_status: int | None = None
    """Answer to every poll, such as 410; codex gives up on it."""
    interval_seconds: int = 1
    usercode_status: int = 200
    """404: device login is not enabled; 429: too many."""


@dataclass
class PendingLogin:
    user_code: str
    account: Account | None = None
    polls: int = 0


@dataclass
class Logins:
    """Callers hold the state's lock."""

    policy: DeviceLogin = field(default_factory=DeviceLogin)
    pending: dict[str, PendingLogin] = field(default_factory=dict)
    codes: dict[str, Account] = field(default_factory=dict)

    def begin(self) -> Reply:
        if self.policy.usercode_status != 200:
            return Reply(self.policy.usercode_status, {"error": {"code": "deviceauth_unavailable"}})
        device_auth_id = f"deviceauth_{secrets.token_hex(12)}"
        user_code = f"{secrets.token_hex(2)}-{secrets.token_hex(3)}".upper()
        self.pending[device_auth_id] = PendingLogin(user_code)
        interval = str(self.policy.interval_seconds)
        return Reply(body={"device_auth_id": device_auth_id, "user_code": user_code, "interval": interval})

    def poll(self, form: dict[str, Any]) -> Reply:
        login = self.pending.get(str(form.get("device_auth_id")))
        if login is None or login.user_code != form.get("user_code"):
            return Reply(404, {"error": {"code": "deviceauth_not_found"}})
        login.polls += 1
        if self.policy.denied_status is not None:
            return Reply(self.policy.denied_status, {"error": {"code": "deviceauth_denied"}})
        account = login.account or self.policy.approved
        if account is None or login.polls <= self.policy.polls_before_approval:
            return Reply(self.policy.pending_status, {"error": {"code": "deviceauth_authorization_pending"}})
        code = self.new_code(account)
        return Reply(body={"authorization_code": code, "code_challenge": "fake", "code_verifier": "fake"})

    def approve(self, user_code: str, account: Account) -> None:
        """Raises LookupError when no such code was given out."""
        waiting = [login for login in self.pending.values() if login.user_code == user_code]
        if not waiting:
            raise LookupError(f"no device login waits with the code {user_code}")
        for login in waiting:
            login.account = account

    def new_code(self, account: Account) -> str:
        """An authorization code; it can be exchanged once."""
        code = f"code-{secrets.token_hex(12)}"
        self.codes[code] = account
        return code
