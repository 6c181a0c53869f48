#!/usr/bin/env python3
"""The pretend half of `up.sh --demo`: fake providers, three hosts with accounts in every state, a week of history.

    demo.py FOLDER COLLECTOR_URL

Writes FOLDER/hosts/<name>/ for `hostagent run`, fills the database of the collector in FOLDER/collector, names the
hosts to start in FOLDER/ready, and answers the real codex until SIGTERM, with usage that goes on rising.
"""

import json
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from demo_fleet import ACCOUNTS, HOSTS, PretendAccount
from fakes.anthropic import FakeAnthropic, Reply, limit_headers
from fakes.chatgpt import Account as Login
from fakes.chatgpt import FakeChatGPT, Fault, usage, window

from collector import database, migrations
from collector.app import create_app
from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.settings import Settings
from hostagent.accounts import Account
from hostagent.codex_answers import Identity, Replies
from hostagent.providers.codex_readings import normalize
from hostagent.snapshot import Snapshot
from hostagent.wire import encode, snapshot_item, snapshots_body, timestamp

HISTORY = timedelta(days=7)
STEP = timedelta(hours=1)
CLAUDE_KEY = "sk-ant-api03-demo-not-a-key"


def main() -> None:
    folder, collector_url = Path(sys.argv[1]).absolute(), sys.argv[2]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with FakeChatGPT() as chatgpt, FakeAnthropic() as claude:
        providers = Providers(chatgpt, claude)
        make_history(folder)
        for host in HOSTS:
            write_host(folder / "hosts" / host, host, collector_url, providers)
        providers.update_usage()
        running = [host for host, is_silent in HOSTS.items() if not is_silent]
        (folder / "ready").write_text("\n".join(running))
        while not stop.wait(5):
            providers.update_usage()


class Providers:
    """The fake ChatGPT and Claude, and who is logged in there."""

    def __init__(self, chatgpt: FakeChatGPT, claude: FakeAnthropic) -> None:
        self._chatgpt, self._claude = chatgpt, claude
        self._logins: list[tuple[PretendAccount, Login]] = []

    def settings(self) -> dict[str, Any]:
        """What hostagent.yaml needs to reach them."""
        return {"anthropic_api_url": self._claude.base_url, "codex": {"env": self._chatgpt.codex_env()}}

    def update_usage(self) -> None:
        """Usage of this moment, by the same curve as the history."""
        for pretend, login in self._logins:
            login.usage = usage_payload(pretend)
        reset = timestamp(datetime.now(UTC) + timedelta(seconds=20))
        headers = limit_headers("ratelimit-requests", 1000, 1000 - random.randint(0, 40), reset)
        headers |= limit_headers("ratelimit-input-tokens", 100_000, random.randint(70_000, 100_000), reset)
        self._claude.answer(CLAUDE_KEY, Reply(headers=headers | {"anthropic-organization-id": "demo-organisation"}))

    def log_in(self, folder: Path, pretend: PretendAccount) -> None:
        """Make accounts/<label> as a person's login would have left it."""
        home = folder / ".codex"
        if pretend.provider == "anthropic":
            (folder / ".secrets").mkdir(mode=0o700, parents=True)
            (folder / ".secrets/anthropic_api_key.txt").write_text(CLAUDE_KEY)
        elif pretend.login == "none":
            self._chatgpt.write_config(home)
        else:
            self._logins.append((pretend, self._seed(home, pretend)))

    def _seed(self, home: Path, pretend: PretendAccount) -> Login:
        login = self._chatgpt.add_account(pretend.account_id, email=pretend.email, plan=pretend.plan)
        has_expired = pretend.login == "expired"
        self._chatgpt.seed_home(login, home, expires_in_seconds=-3600 if has_expired else None)
        login.refresh_mode = "expired" if has_expired else "ok"
        if pretend.login == "broken":
            login.faults["usage"] = Fault(status=503)
        return login


def usage_payload(pretend: PretendAccount) -> dict[str, Any]:
    now = time.time()
    windows = [window(w.used(now), w.seconds, reset_at=w.resets_at(now)) for w in pretend.windows]
    primary, secondary = (*windows, None, None)[:2]
    return usage(slots=(primary, secondary), reached="rate_limit_reached" if pretend.is_blocked else None)


def write_host(folder: Path, host: str, collector_url: str, providers: Providers) -> None:
    """The folder of one pretend machine, as a person would have set it up."""
    mine = [account for account in ACCOUNTS if account.host == host]
    for pretend in mine:
        providers.log_in(folder / "accounts" / pretend.label, pretend)
    settings = {"collector_url": collector_url, "host": host, "poll_interval_sec": 30, **providers.settings()}
    (folder / "hostagent.yaml").write_text(json.dumps(settings, indent=2))
    (folder / "accounts.json").write_text(json.dumps({"accounts": [entry(account) for account in mine]}, indent=2))


def entry(pretend: PretendAccount) -> dict[str, Any]:
    """What accounts.json says of it."""
    return {
        "label": pretend.label,
        "provider": pretend.provider,
        "enabled": pretend.is_enabled,
        "expected_email": pretend.expected_email,
        "note": pretend.note,
    }


def make_history(folder: Path) -> None:
    """A week of POST /snapshots by pretend agents, on a clock that was then."""
    settings = Settings(data_dir=folder / "collector")
    settings.data_dir.mkdir(mode=0o700)
    now = datetime.now(UTC)
    moment = now - HISTORY
    app = create_app(settings, clock=lambda: moment)
    migrations.migrate(settings)
    keys = {host: tokens.create_token(Kind.AGENT, host, False, moment) for host in HOSTS}
    with app.test_client() as client:
        for host in HOSTS:
            post(client, "/registry", registry(host, every=STEP), keys[host])
        for step, moment in enumerate(moments(now), start=1):
            for host, is_silent in HOSTS.items():
                if is_silent and moment > now - timedelta(days=3):
                    continue
                items = [item for pretend in ACCOUNTS if (item := history_item(pretend, host, moment, now, step))]
                post(client, "/snapshots", history_body(host, items, moment), keys[host])
    database.database.close()
    for host, key in keys.items():
        (folder / "hosts" / host).mkdir(parents=True)
        (folder / "hosts" / host / "collector.token").write_text(key)


def moments(now: datetime) -> Iterator[datetime]:
    for back in range(int(HISTORY / STEP), 0, -1):
        yield now - back * STEP


def registry(host: str, every: timedelta = timedelta(minutes=5)) -> dict[str, Any]:
    accounts = [{**entry(account), "account_label": account.label} for account in ACCOUNTS if account.host == host]
    for account in accounts:
        del account["label"]
    agent = {
        "version": "0.1.0",
        "codex_version": "0.169.0",
        "platform": "linux-x86_64",
        "poll_interval_sec": round(every.total_seconds()),
    }
    return {"host": host, "agent": agent, "accounts": accounts}


def history_item(
    pretend: PretendAccount, host: str, moment: datetime, now: datetime, step: int
) -> dict[str, Any] | None:
    """A good reading of that time; None for accounts that had none."""
    if pretend.host != host or not pretend.has_history or moment > now - pretend.last_good_ago:
        return None
    return snapshot_of(pretend, moment, seq=step * 100 + ACCOUNTS.index(pretend))


def snapshot_of(pretend: PretendAccount, moment: datetime, seq: int) -> dict[str, Any]:
    """What a probe would have seen at that moment, as an item of a batch."""
    result = {"rateLimits": pretend.rate_limits(moment.timestamp())}
    replies = Replies(rate_limits={"id": 2, "result": result})
    account = Account(pretend.label, "codex", Path(), Path(), expected_email=pretend.expected_email)
    parsed = {"userAgent": None, "normalized": normalize(replies, account, Identity(pretend.email, pretend.account_id))}
    return {"seq": seq, **snapshot_item(Snapshot(pretend.label, moment - timedelta(seconds=2), parsed, raw=result))}


def history_body(host: str, items: list[dict[str, Any]], moment: datetime) -> dict[str, Any]:
    epoch = f"{list(HOSTS).index(host):032x}"
    return {**snapshots_body(epoch, items, 0, 0), "sent_at": timestamp(moment)}


def post(client: Any, path: str, body: dict[str, Any], key: str) -> None:
    response = client.post(
        path, data=encode(body), content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    if response.status_code != 200 or any(r["status"] != "stored" for r in response.json.get("results", [])):
        raise SystemExit(f"demo: {path} was refused: {response.text}")


if __name__ == "__main__":
    main()
