#!/usr/bin/env python3
"""The agent is cut off from its collector: for a day, for longer than 64 MiB last, and for longer than 7 days.

Type: .venv/bin/python scripts/faults/cut_off_agent.py
The agent's own outbox and spool on a clock that the script turns, a round each five minutes, and a real collector
behind a proxy that is unplugged. Once it is plugged in again, what waited has to be there, in order and once; of what
was too much the oldest is gone and counted. Takes about five minutes.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from clocks import SimulatedClock
from fakes.proxy import Proxy
from programs import Collector, serve_collector
from verdict import finish, say

from hostagent import spool
from hostagent.accounts import Account
from hostagent.codex_answers import Identity, Replies
from hostagent.config import Config, read_config
from hostagent.outbox import Outbox
from hostagent.providers.codex_readings import normalize
from hostagent.registration import registry_of
from hostagent.snapshot import Snapshot

SAMPLE = Path(__file__).resolve().parents[2] / "tests/samples/codex/ok_additional_limits.json"
ROUND_SECONDS, TRIES_A_ROUND = 300, 5
ROUNDS_A_DAY = 86_400 // ROUND_SECONDS
# What the first one drops while it makes room is told with the second one.
ROUNDS_AFTER = 2


def main() -> None:
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        verdicts = {
            "a_day": cut_off(Path(folder) / "day", accounts=50, rounds=ROUNDS_A_DAY),
            "beyond_64_mib": cut_off(Path(folder) / "much", accounts=50, rounds=3 * ROUNDS_A_DAY),
            "beyond_7_days": cut_off(Path(folder) / "long", accounts=5, rounds=8 * ROUNDS_A_DAY),
        }
    is_good = all(verdict["ok"] for verdict in verdicts.values()) and not verdicts["a_day"]["dropped"]
    is_capped = verdicts["beyond_64_mib"]["dropped"] and verdicts["beyond_7_days"]["dropped"]
    finish({"fault": "agent cut off", **verdicts, "ok": bool(is_good and is_capped)})


def cut_off(
    folder: Path, accounts: int, rounds: int, most_bytes: int = spool.MAX_BYTES, round_seconds: int = ROUND_SECONDS
) -> dict[str, Any]:
    """So many rounds without a collector, then two with it, the last of them now."""
    folder.mkdir()
    with serve_collector(folder / "collector") as collector, Proxy(collector.url) as proxy:
        host = CutOffHost(folder / "host", proxy.url, collector, accounts)
        with (
            SimulatedClock(seconds_ago=(rounds + ROUNDS_AFTER) * round_seconds) as clock,
            mock.patch.object(spool, "MAX_BYTES", most_bytes),
        ):
            host.outbox.turn()
            proxy.unplug()
            for number in range(rounds):
                host.work_for_a_round(number, round_seconds, clock)
                if number % ROUNDS_A_DAY == 0:
                    say(f"{folder.name}: day {number // ROUNDS_A_DAY}, {host.spool_bytes() / 2**20:.1f} MiB wait")
            waiting_bytes = host.spool_bytes()
            proxy.plug_in()
            for number in range(rounds, rounds + ROUNDS_AFTER):
                host.work_for_a_round(number, round_seconds, clock)
        verdict = judge(collector, host.labels, rounds + ROUNDS_AFTER)
    return verdict | {"spool_mib": round(waiting_bytes / 2**20, 1), "ok": verdict["ok"] and waiting_bytes <= most_bytes}


def judge(collector: Collector, labels: list[str], rounds: int) -> dict[str, Any]:
    """Every account has to show its newest readings without a gap, and the host what it dropped."""
    seen = [used_percents(collector, label) for label in labels]
    expected = [number % 100 for number in range(rounds)]
    [report] = collector.get("/hosts")["items"]
    arrived = sum(map(len, seen))
    return {
        "snapshots": rounds * len(labels),
        "arrived": arrived,
        "accounts_out_of_order": sum(percents != expected[-len(percents) :] for percents in seen),
        "dropped": report["dropped"],
        "ok": all(percents == expected[-len(percents) :] for percents in seen)
        and arrived + report["dropped"] == rounds * len(labels)
        and report["spool_items"] <= len(labels),
    }


def used_percents(collector: Collector, label: str) -> list[int]:
    """What the history of an account shows, oldest first."""
    percents = []
    for event in events(collector, label):
        percents += [event["parsed"]["normalized"]["windows"]["5h"]["usedPercent"]] * event["count"]
    return percents[::-1]


def events(collector: Collector, label: str) -> Iterator[dict[str, Any]]:
    path = f"/events/{label}?limit=500"
    page = collector.get(path)["items"]
    while page:
        yield from page
        page = collector.get(f"{path}&before={page[-1]['position']}")["items"]


class CutOffHost:
    """A host whose probes always succeed: each round of an account shows another number."""

    def __init__(self, folder: Path, url: str, collector: Collector, accounts: int) -> None:
        self._config = make_config(folder, url, collector)
        self._accounts = [make_account(folder, number) for number in range(accounts)]
        self._sample = json.loads(SAMPLE.read_text())
        self.labels = [account.label for account in self._accounts]
        self.outbox = Outbox(self._config, lambda: registry_of(self._config, self._accounts))

    def work_for_a_round(self, number: int, seconds: int, clock: SimulatedClock) -> None:
        self._see(number)
        for _ in range(TRIES_A_ROUND):
            clock.turn(seconds / TRIES_A_ROUND)
            self.outbox.turn()

    def _see(self, number: int) -> None:
        self._sample["rateLimits_read"]["result"]["rateLimits"]["primary"]["usedPercent"] = number % 100
        replies = Replies(*(self._sample[name] for name in ("initialize", "account_read", "rateLimits_read")))
        raw = json.loads(json.dumps(self._sample["rateLimits_read"]["result"]))
        for account in self._accounts:
            parsed = {"normalized": normalize(replies, account, Identity())}
            self.outbox.put(Snapshot(account.label, datetime.fromtimestamp(time.time(), UTC), parsed, raw))

    def spool_bytes(self) -> int:
        return sum(path.stat().st_size for path in (self._config.state_dir / "spool").iterdir())


def make_config(folder: Path, url: str, collector: Collector) -> Config:
    folder.mkdir()
    (folder / "accounts.json").write_text('{"accounts": []}')
    (folder / "collector.token").touch(0o600)
    (folder / "collector.token").write_text(collector.token("--kind", "agent", "--host", "mac-mini"))
    settings = {"host": "mac-mini", "collector_url": url, "codex": {"bin": "/nowhere/codex"}}
    (folder / "hostagent.yaml").write_text(json.dumps(settings))
    return read_config(folder / "hostagent.yaml")[0]


def make_account(folder: Path, number: int) -> Account:
    home = folder / f"accounts/acc{number}/.codex"
    return Account(f"acc{number}", "codex", home.parent, home)


if __name__ == "__main__":
    main()
