#!/usr/bin/env python3
"""Another program holds the collector's database for 30 seconds, three times on each, while eight agents push to it.

Type: .venv/bin/python scripts/faults/held_database.py
Agents are told within five seconds to come again, others are answered as ever, and once it is given back all that
has waited is taken in. Needs Linux; takes about five minutes.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import psycopg
import requests
from databases import migrate
from postgresql import TESTS, run_postgresql
from processes import children_of
from programs import Collector, serve_collector
from pushers import Pusher, answers_of, pushing, wait_for_success
from slowness import slowness
from stored_pushes import count_faults
from verdict import finish, say

from collector.settings import Settings

TIMES, HELD_SECONDS, HOSTS = 3, 30, 8
GOAL_SECONDS = 5


@dataclass
class Seen:
    """What came of it while the database was held, and after."""

    times: int = 0
    times_refused: int = 0
    reads: int = 0
    reads_refused: int = 0
    slowest_read_seconds: float = 0.0
    drained_seconds: float = 0.0
    slowness: float = 1.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        sqlite = hold_often(Path(folder) / "sqlite", (TIMES, HELD_SECONDS), HOSTS)
        postgresql = hold_often(Path(folder) / "postgresql", (TIMES, HELD_SECONDS), HOSTS, server.create_database())
    is_good = sqlite["ok"] and postgresql["ok"]
    finish({"fault": "held database", "sqlite": sqlite, "postgresql": postgresql, "ok": is_good})


def hold_often(folder: Path, holds: tuple[int, float], hosts: int, url: str | None = None) -> dict[str, Any]:
    """Hold it so often and so long while so many hosts push; a SQLite file, or the PostgreSQL of that URL."""
    settings, database = {"DATABASE_URL": url} if url else {}, url or folder / "collector.sqlite3"
    if url:
        migrate(Settings(data_dir=folder, database_url=url))
    seen, (times, seconds) = Seen(), holds
    with serve_collector(folder, **settings) as collector, pushing(collector, hosts) as pushers:
        workers = workers_of(collector)
        for _ in range(times):
            wait_for_success(pushers, time.monotonic())
            before = answers_of(pushers)["503"]
            with held(database):
                seen.slowness = max(seen.slowness, slowness())
                read(collector.url, pushers, seen, time.monotonic() + seconds)
            released_at = time.monotonic()
            seen.times += 1
            seen.times_refused += answers_of(pushers)["503"] > before
            seen.drained_seconds = max(seen.drained_seconds, drain(pushers, released_at))
            say(f"{'PostgreSQL' if url else 'SQLite'} was held: {seen}")
        has_same_workers = workers_of(collector) == workers
    return judge(seen, count_faults(database, pushers), pushers, has_same_workers)


def workers_of(collector: Collector) -> set[int]:
    assert collector.group is not None
    return children_of(collector.group)


@contextmanager
def held(database: Path | str) -> Iterator[None]:
    """Nobody else can write a snapshot meanwhile."""
    if isinstance(database, Path):
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
    else:
        with psycopg.connect(database, application_name=TESTS) as connection:
            # One table only: to lock several would tie a knot with those who write.
            connection.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")
            yield


def read(url: str, pushers: Sequence[Pusher], seen: Seen, until: float) -> None:
    """Ask for the fleet, over and over."""
    while time.monotonic() < until:
        began_at = time.monotonic()
        answer = requests.get(f"{url}/latest", headers=pushers[0].admin, timeout=30)
        seen.slowest_read_seconds = max(seen.slowest_read_seconds, time.monotonic() - began_at)
        seen.reads += 1
        seen.reads_refused += answer.status_code != 200
        time.sleep(0.1)


def drain(pushers: Sequence[Pusher], since: float) -> float:
    """Seconds until each has had something taken in that it first sent after that."""
    return max(wait_for_success([pusher], since) for pusher in pushers)


def judge(seen: Seen, faults: dict[str, int], pushers: Sequence[Pusher], has_same_workers: bool) -> dict[str, Any]:
    slowest = max(pusher.slowest_seconds for pusher in pushers)
    is_tried = seen.times_refused == seen.times and seen.reads > 0
    are_in_time = max(slowest, seen.slowest_read_seconds) <= GOAL_SECONDS * seen.slowness
    # What was told to come again in five seconds comes then, and again if it meets the others.
    is_drained = seen.drained_seconds <= 3 * GOAL_SECONDS * seen.slowness
    is_good = not any(faults.values()) and not seen.reads_refused and has_same_workers
    return {
        "times_held": seen.times,
        "times_refused": seen.times_refused,
        "acknowledged": sum(pusher.acknowledged for pusher in pushers),
        **faults,
        "answers": dict(answers_of(pushers)),
        "slowest_answer_seconds": round(slowest, 1),
        "reads": seen.reads,
        "reads_refused": seen.reads_refused,
        "slowest_read_seconds": round(seen.slowest_read_seconds, 1),
        "worker_replaced": not has_same_workers,
        "slowness": round(seen.slowness, 1),
        "drained_after_seconds": round(seen.drained_seconds, 1),
        "ok": is_tried and is_good and are_in_time and is_drained,
    }


if __name__ == "__main__":
    main()
