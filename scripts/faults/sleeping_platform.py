#!/usr/bin/env python3
"""A platform that starts the collector for a request and kills it after the answer, 100 times.

Type: .venv/bin/python scripts/faults/sleeping_platform.py
The database is a PostgreSQL outside; the platform's own disk is empty at each start. A host's `hostagent run --once`
delivers rounds, a program reads, a person wishes. Each reading has to be there once, be what is shown, and answer the
wish. Takes about five minutes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import psycopg
import requests
from databases import migrate
from fakes.chatgpt import FakeChatGPT
from fakes.codex_broken import ANSWERS, WEEKLY, lines
from fakes.proxy import Proxy
from hosts import write_program
from postgresql import Postgresql, run_postgresql
from programs import PROGRAMS, Collector, Host
from verdict import finish, say

from collector.settings import Settings

KILLS = 100
ACCOUNTS = 3
_CODEX = "[ $1 = --version ] && echo codex-cli 0.169.0 && exit\ncat ANSWERS\ncat >/dev/null"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        finish(doze(Path(folder), server, KILLS))


class SleepingPlatform(Proxy):
    """Where the collector runs while a request is answered, and at no other time."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__("http://127.0.0.1")
        self.kills = 0
        self.slowest_seconds = 0.0
        self.environment = {"PATH": os.environ["PATH"], "DATABASE_URL": database_url}
        self._folder = folder
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def passing_on(self) -> Iterator[str]:
        with self._one_at_a_time, tempfile.TemporaryDirectory(dir=self._folder) as disk:
            began_at = time.monotonic()
            # As deploy/Dockerfile starts it.
            command = "collector migrate 2>/dev/null && exec collector serve --bind 127.0.0.1:0"
            environment = {**self.environment, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "COLLECTOR_DATA_DIR": disk}
            with subprocess.Popen(
                ["sh", "-c", command],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            ) as serving:
                yield next(line for line in serving.stdout or () if line.startswith("Listening")).strip().split("//")[1]
                self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began_at)
                os.killpg(serving.pid, signal.SIGKILL)
            self.kills += 1


def doze(folder: Path, server: Postgresql, kills: int) -> dict[str, Any]:
    """Rounds of one host until the collector was killed so often."""
    url = server.create_database()
    migrate(Settings(data_dir=folder, database_url=url))
    with SleepingPlatform(folder, url) as platform, FakeChatGPT() as upstream:
        fleet = Fleet(platform, _make_host(folder, upstream, platform))
        rounds = 0
        while platform.kills < kills:
            rounds += 1
            fleet.go_round(rounds)
            say(f"{platform.kills}/{kills} kills, {rounds} rounds, {fleet.faults}")
    stored, ledger = _count_stored(url)
    expected = rounds * ACCOUNTS
    faults = {"lost": expected - ledger, "stored_twice": stored - ledger, **fleet.faults}
    return {
        "fault": "collector killed between requests",
        "kills": platform.kills,
        "snapshots": expected,
        **faults,
        "slowest_answer_seconds": round(platform.slowest_seconds, 1),
        "ok": not any(faults.values()),
    }


class Fleet:
    """A host behind the platform, and who reads what it tells."""

    def __init__(self, platform: SleepingPlatform, host: Host) -> None:
        self.faults = {"failed_rounds": 0, "wrong_readings": 0, "wishes_not_answered": 0}
        self._url = platform.url
        self._host = host
        admin = Collector(platform.url, platform.environment).token("--kind", "admin")
        self._headers = {"Authorization": f"Bearer {admin}"}
        # So that the first wish is for accounts that are known and were never read.
        host.run("register")

    def go_round(self, number: int) -> None:
        """Wish, read, deliver, and look at what is shown."""
        wish = self._ask("POST", "/refresh", {"host": "mac-mini"})["refresh_id"]
        used_percent = number % 100
        rate = {**ANSWERS[2]["result"]["rateLimits"], "primary": {**WEEKLY, "usedPercent": used_percent}}
        answers = lines(*ANSWERS[:2], {"id": 2, "result": {"rateLimits": rate}})
        (self._host.folder / "answers").write_bytes(answers)
        self.faults["failed_rounds"] += self._host.run("run", "--once").returncode != 0
        items = self._ask("GET", "/latest")["items"]
        shown = [item["parsed"]["normalized"]["windows"]["weekly"]["usedPercent"] for item in items]
        self.faults["wrong_readings"] += shown != [used_percent] * ACCOUNTS
        self.faults["wishes_not_answered"] += self._ask("GET", f"/refresh?id={wish}")["summary"]["ok"] != ACCOUNTS

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self._url + path, json=body, headers=self._headers, timeout=60)
        answer.raise_for_status()
        return answer.json()


def _make_host(folder: Path, upstream: FakeChatGPT, platform: SleepingPlatform) -> Host:
    (folder / "host").mkdir()
    host = Host(
        folder / "host",
        upstream,
        write_program(folder / "codex", _CODEX.replace("ANSWERS", str(folder / "host/answers"))),
    )
    host.settings = {"refresh_wait_sec": 0}
    for number in range(ACCOUNTS):
        host.add_account(f"acc{number}", upstream.add_account(f"A{number}"))
    host.join(Collector(platform.url, platform.environment))
    return host


def _count_stored(url: str) -> tuple[int, int]:
    """Readings in the history, and snapshots in the ledger."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT (SELECT sum(count) FROM event), (SELECT count(*) FROM ledger)").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


if __name__ == "__main__":
    main()
