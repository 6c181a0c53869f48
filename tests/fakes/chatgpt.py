"""A ChatGPT backend and OAuth issuer on loopback, for the real `codex`.

In a test: `with FakeChatGPT() as upstream:`. As a program, steered over HTTP (`upstream/control.py`):

    python tests/fakes/chatgpt.py --port 0 --ready-file FILE [--state FILE]

Once it listens, the ready file holds `{"port", "base_url", "codex_env", "control_key", "pid"}`; send the key
as `X-Control-Key`. A state file holds `{"accounts": [...], "device_login": {...}}` in the words of the
control API. All tokens are made up; never use it with a real login.
"""

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    __package__ = "fakes"

from .upstream import control, homes
from .upstream.accounts import Account, Endpoint, Fault, RefreshMode
from .upstream.logins import DeviceLogin
from .upstream.seen import SeenRequest
from .upstream.server import Server, serve
from .upstream.state import State
from .upstream.tokens import TokenBook
from .upstream.usage import (
    additional_limit,
    credits_left,
    reset_credit,
    spend_control,
    usage,
    window,
)

__all__ = [
    "Account",
    "DeviceLogin",
    "Endpoint",
    "FakeChatGPT",
    "Fault",
    "RefreshMode",
    "SeenRequest",
    "additional_limit",
    "credits_left",
    "reset_credit",
    "spend_control",
    "usage",
    "window",
]


class FakeChatGPT:
    """Listens from the moment it is made, answers from `start()` or `with` on."""

    def __init__(self, port: int = 0) -> None:
        self.control_key = secrets.token_urlsafe(24)
        self._state = State("", TokenBook(""))
        self._server = Server(port, self._state, self.control_key)
        self.port: int = self._server.server_address[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._state.base_url = self._state.tokens.issuer = self.base_url
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        self._thread = serve(self._server)

    def close(self) -> None:
        """End every held back answer, then wait for all threads."""
        self._state.closing.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def codex_env(self) -> dict[str, str]:
        """What `codex.env` of hostagent.yaml has to name, so that logins and refreshes stay on loopback."""
        return {
            "CODEX_REFRESH_TOKEN_URL_OVERRIDE": f"{self.base_url}/oauth/token",
            "CODEX_REVOKE_TOKEN_URL_OVERRIDE": f"{self.base_url}/oauth/revoke",
            "CODEX_APP_SERVER_LOGIN_ISSUER": self.base_url,
        }

    def add_account(
        self,
        account_id: str,
        *,
        email: str | None = "",
        plan: str = "plus",
        usage: dict[str, Any] | None = None,
    ) -> Account:
        """An account to log in as. No e-mail given: one made of its id; None: its tokens carry none."""
        account = Account(account_id, f"{account_id}@example.com" if email == "" else email, plan)
        account.usage = account.usage if usage is None else usage
        with self._state.lock:
            self._state.accounts[account_id] = account
        return account

    def seed_home(
        self,
        account: Account,
        home: Path,
        *,
        expires_in_seconds: float | None = None,
        last_refresh_age_seconds: float = 0,
        config_extra: str = "",
    ) -> None:
        """Log `home` in as this account: a fresh auth.json and config.toml. A negative expiry has passed."""
        ttl = account.access_ttl_seconds if expires_in_seconds is None else expires_in_seconds
        homes.write_auth(self._state, account, home, ttl, last_refresh_age_seconds)
        homes.write_config(self.base_url, home, config_extra)

    def write_config(self, home: Path, config_extra: str = "") -> None:
        """A home that nobody is logged in to."""
        homes.write_config(self.base_url, home, config_extra)

    def revoke(self, account: Account) -> None:
        """Revoke all its tokens, as somebody does who signs out everywhere."""
        with self._state.lock:
            self._state.tokens.revoke_all(account)

    @property
    def device_login(self) -> DeviceLogin:
        """How device logins go; `device_login.approved` also decides a browser login."""
        return self._state.logins.policy

    def approve(self, user_code: str, account: Account) -> None:
        """Type the code in, as this account. Raises LookupError for a code that was not given out."""
        with self._state.lock:
            self._state.logins.approve(user_code, account)

    def answer_anonymous_as(self, account: Account | None) -> None:
        """Let requests that name no known account see this one's numbers; None, as at first: 401."""
        self._state.anonymous = account

    @property
    def requests(self) -> list[SeenRequest]:
        """All requests so far, oldest first, but those of the control API."""
        return self.seen("")

    def seen(self, what: str) -> list[SeenRequest]:
        """Requests whose "METHOD /path" ends with `what`."""
        return self._state.log.matching(what)

    def wait_for(self, what: str, *, timeout: float = 10, count: int = 1, answered: bool = False) -> SeenRequest:
        """Wait for the `count`-th such request to arrive, or to be `answered`. Raises TimeoutError."""
        return self._state.log.wait_for(what, timeout, count, answered=answered)

    def forget_requests(self) -> None:
        self._state.log.clear()

    def load(self, described: dict[str, Any]) -> None:
        """Take in the content of a state file."""
        for account in described.get("accounts", []):
            control.set_account(self._state, dict(account))
        control.set_device_login(self._state, dict(described.get("device_login", {})))


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake ChatGPT on loopback, for the real codex.")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--ready-file", type=Path, help="written once it listens")
    parser.add_argument("--state", type=Path, help="accounts to begin with")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with FakeChatGPT(options.port) as upstream:
        if options.state:
            upstream.load(json.loads(options.state.read_text(encoding="utf-8")))
        announce(upstream, options.ready_file)
        stop.wait()


def announce(upstream: FakeChatGPT, ready_file: Path | None) -> None:
    """Say how to reach it. The file is closed to others, and there is whole or not at all."""
    ready = {
        "port": upstream.port,
        "base_url": upstream.base_url,
        "codex_env": upstream.codex_env(),
        "control_key": upstream.control_key,
        "pid": os.getpid(),
    }
    if ready_file is None:
        print(json.dumps(ready), flush=True)
        return
    draft = ready_file.with_name(f".{ready_file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(ready), encoding="utf-8")
    draft.replace(ready_file)


if __name__ == "__main__":
    main()
