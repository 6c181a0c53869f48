"""Two hundred accounts on six hosts, in every state: what a page has to stand."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from flask.testing import FlaskClient
from programs import Collector, serve_collector

from collector import migrations
from collector.app import create_app
from collector.database import close_database
from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

ACCOUNTS = 200
# The last one is silent: what was fine there is stale by now.
HOSTS = ("build-server-01", "mac-mini", "workstation", "studio.example", "lab-tokyo-2", "old-laptop")
_LAST_HEARD = {"old-laptop": timedelta(days=3)}
_KINDS = (
    "fine",
    "wide",
    "fine",
    "used_up",
    "fine",
    "blocked",
    "fine",
    "login_expired",
    "weekly_only",
    "upstream_error",
)
_KINDS += (
    "wrong_account",
    "fine",
    "pending",
    "wide",
    "disabled",
    "codex_missing",
    "old",
    "other_plan",
    "claude",
    "key_missing",
)
_FAILURES = {"login_expired", "upstream_error", "codex_missing", "key_missing"}
_NOTES = {"wide": "経理チームと共用。月末は締め処理で使うので空けておく", "disabled": "paused until the next project"}
_RESETS_IN = {"5h": timedelta(hours=2), "weekly": timedelta(days=3), "monthly": timedelta(days=17)}
_MINUTES = {"5h": 300, "weekly": 10_080, "monthly": 43_200}


@dataclass(frozen=True)
class LargeAccount:
    number: int

    @property
    def host(self) -> str:
        return HOSTS[self.number % len(HOSTS)]

    @property
    def kind(self) -> str:
        return _KINDS[self.number // len(HOSTS) % len(_KINDS)]

    @property
    def label(self) -> str:
        return f"acc_{self._person}_example.co.jp" if self.kind == "wide" else f"acc{self.number:03}"

    @property
    def email(self) -> str:
        return f"{self._person}@example.co.jp" if self.kind == "wide" else f"user{self.number:03}@example.com"

    @property
    def _person(self) -> str:
        return f"maximilian.schwarzenberg{self.number:03}"

    def entry(self) -> dict[str, Any]:
        """What its host registers."""
        return {
            "account_label": self.label,
            "provider": "anthropic" if self.kind in {"claude", "key_missing"} else "codex",
            "enabled": self.kind != "disabled",
            "expected_email": "someone.else@example.com" if self.kind == "wrong_account" else None,
            "expected_planType": "enterprise" if self.kind == "other_plan" else None,
            "note": _NOTES.get(self.kind, ""),
        }

    def item(self, seq: int, now: datetime, used_percent: int | None = None) -> dict[str, Any] | None:
        """What a probe saw; with `used_percent` a good reading whatever it is. None for what was never read."""
        if used_percent is None and self.kind in {"pending", "disabled"}:
            return None
        item = {"seq": seq, "account_label": self.label, "observed_at": now.isoformat()}
        if used_percent is None and self.kind in _FAILURES:
            return item | {"error": {"code": self.kind, "message": "as the test says"}}
        return item | {
            "parsed": {"userAgent": "codex_cli_rs/0.169.0", "normalized": self._normalized(now, used_percent)}
        }

    def _normalized(self, now: datetime, used_percent: int | None) -> dict[str, Any]:
        if self.kind == "claude":
            bucket = {"bucket": "per-minute", "limit": 1000, "remaining": 400, "usedPercent": 60, "leftPercent": 40}
            return {"provider": "anthropic", "windows": {"requests": bucket, "input_tokens": bucket}}
        weekly = 100 if self.kind == "used_up" else self.number * 7 % 90
        used = {"5h": self.number * 13 % 100 if used_percent is None else used_percent, "weekly": weekly}
        if self.kind == "weekly_only":
            used = {"weekly": weekly} if used_percent is None else {"weekly": used_percent, "monthly": 30}
        blocked = {"reason": "workspace_owner_credits_depleted", "until": int(now.timestamp()) + 7200}
        return {
            "provider": "codex",
            "account_email": self.email,
            "account_id": f"account-{self.number}",
            "rate_planType": "plus",
            "windows": {name: _window(name, percent, now) for name, percent in used.items()},
            "limits": [{"limitName": "GPT-5.3-Codex-Spark", "windows": {"5h": _window("5h", 12, now)}}],
            "credits": {"hasCredits": True, "unlimited": False, "balance": "5.39"} if self.kind == "wide" else None,
            "blocked": blocked if self.kind == "blocked" else None,
        }


ALL = tuple(LargeAccount(number) for number in range(ACCOUNTS))


@dataclass
class LargeFleet:
    """All of them on a running collector, each read a moment ago."""

    collector: Collector
    keys: dict[str, str]
    seq: int = 10**6

    def sign_in_link(self) -> str:
        return self.collector.run("signin-link", "--url", self.collector.url)

    def push(self, accounts: Sequence[LargeAccount], used_percent: int) -> None:
        """One batch with a good reading of each of these accounts, which are of one host."""
        now, first = datetime.now(UTC), self.seq + 1
        items = [account.item(first + place, now, used_percent) for place, account in enumerate(accounts)]
        self.seq += len(items)
        headers = {"Authorization": f"Bearer {self.keys[accounts[0].host]}"}
        answer = requests.post(f"{self.collector.url}/snapshots", json=_batch(items, now), headers=headers, timeout=30)
        assert {result["status"] for result in answer.json()["results"]} == {"stored"}, answer.text


@contextmanager
def serve_large_fleet(folder: Path) -> Iterator[LargeFleet]:
    keys = _fill(folder)
    with serve_collector(folder) as collector:
        yield LargeFleet(collector, keys)


def _fill(folder: Path) -> dict[str, str]:
    """As its agents told it, each at its time; their tokens by host."""
    now = datetime.now(UTC)
    with open_past(folder) as (client, set_clock):
        set_clock(now - timedelta(days=7))
        keys = {host: tokens.create_token(Kind.AGENT, host, False, now) for host in HOSTS}
        for host, key in keys.items():
            last_heard = now - _LAST_HEARD.get(host, timedelta())
            mine = [account for account in ALL if account.host == host]
            set_clock(last_heard - timedelta(hours=1))
            send(client, key, "/registry", {"agent": _AGENT, "accounts": [account.entry() for account in mine]})
            _push(client, key, [account for account in mine if account.kind == "old"], last_heard - timedelta(hours=1))
            set_clock(last_heard)
            _push(client, key, [account for account in mine if account.kind != "old"], last_heard)
    return keys


_AGENT = {"version": "0.1.0", "codex_version": "0.169.0", "platform": "linux-x86_64", "poll_interval_sec": 600}


@contextmanager
def open_past(folder: Path) -> Iterator[tuple[FlaskClient, Callable[[datetime], None]]]:
    """A collector that is not served yet, and how to set its clock."""
    moment = [datetime.now(UTC)]
    settings = Settings(data_dir=folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    app = create_app(settings, clock=lambda: moment[0])
    migrations.migrate(settings)
    try:
        with app.test_client() as client:
            yield client, lambda new: moment.__setitem__(0, new)
    finally:
        close_database()


def send(client: FlaskClient, key: str, path: str, body: Any) -> None:
    answer = client.post(path, json=body, headers={"Authorization": f"Bearer {key}"})
    refused = [result for result in answer.get_json().get("results", []) if result["status"] != "stored"]
    assert (answer.status_code, refused) == (200, []), answer.text


def _push(client: FlaskClient, key: str, accounts: Sequence[LargeAccount], now: datetime) -> None:
    items = [item for account in accounts if (item := account.item(account.number, now))]
    send(client, key, "/snapshots", _batch(items, now))


def _batch(items: Sequence[Any], now: datetime) -> dict[str, Any]:
    return {"epoch": "0" * 32, "sent_at": now.isoformat(), "items": items}


def _window(name: str, used_percent: int, now: datetime) -> dict[str, Any]:
    resets_at = int((now + _RESETS_IN[name]).timestamp())
    used = {"usedPercent": used_percent, "leftPercent": 100 - used_percent}
    return {"source": "primary", **used, "windowDurationMins": _MINUTES[name], "resetsAt": resets_at}
