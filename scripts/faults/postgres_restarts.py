#!/usr/bin/env python3
"""PostgreSQL stopped and started again 20 times under a collector that eight agents push to.

Type: .venv/bin/python scripts/faults/postgres_restarts.py
It is stopped as an administrator does, as a crash does, and by SIGKILL, and stays away for up to three seconds. By its
own settings the server would answer before anything is on disk. Takes about five minutes.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import psycopg
from databases import migrate
from postgresql import Postgresql, run_postgresql
from programs import serve_collector
from pushers import Pusher, answers_of, pushing
from verdict import finish, say

from collector.settings import Settings

RESTARTS, HOSTS = 20, 8
WAYS = ("kill", "immediate", "fast")
AWAY_SECONDS, LOAD_SECONDS, GIVE_UP_SECONDS = 3, 3, 60
GOAL_SECONDS = 5

_STORED = """
    SELECT host.name, ledger.seq
    FROM ledger JOIN epoch ON epoch.id = ledger.epoch_id JOIN host ON host.id = epoch.host_id
"""
_COUNTED = """
    SELECT host.name, sum(event.count), max(reading.attempt_seq)
    FROM event JOIN account ON account.id = event.account_id JOIN host ON host.id = account.host_id
        JOIN reading ON reading.account_id = account.id
    GROUP BY host.name
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        finish(restart(Path(folder), server, RESTARTS, HOSTS))


def restart(folder: Path, server: Postgresql, restarts: int, hosts: int) -> dict[str, Any]:
    """Restart the server so often while so many hosts push."""
    url = server.create_database()
    migrate(Settings(data_dir=folder, database_url=url))
    worst = 0.0
    with serve_collector(folder / "collector", DATABASE_URL=url) as collector, pushing(collector, hosts) as pushers:
        for number in range(restarts):
            wait_for_success(pushers, time.monotonic())
            time.sleep(random.uniform(0, LOAD_SECONDS))
            server.stop(WAYS[number % len(WAYS)])
            time.sleep(random.uniform(0.2, AWAY_SECONDS))
            server.start()
            seconds = wait_for_success(pushers, time.monotonic())
            worst = max(worst, seconds)
            say(f"restart {number} ({WAYS[number % len(WAYS)]}): first success after {seconds:.1f} s")
    return judge(url, pushers, restarts, worst)


def wait_for_success(pushers: Sequence[Pusher], since: float) -> float:
    """Seconds until something that was stored after `since` has been acknowledged."""
    while time.monotonic() < since + GIVE_UP_SECONDS:
        times = [pusher.batches[-1].acknowledged_at for pusher in pushers if pusher.batches]
        if max(times, default=0) > since:
            return max(times) - since
        time.sleep(0.02)
    return float(GIVE_UP_SECONDS)


def judge(url: str, pushers: Sequence[Pusher], restarts: int, worst: float) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        stored = Counter((host, seq) for host, seq in connection.execute(_STORED))
        counted = {host: (int(count), newest) for host, count, newest in connection.execute(_COUNTED)}
    lost = twice = disordered = 0
    for pusher in pushers:
        seqs = {seq for host, seq in stored if host == pusher.host}
        lost += len(set(range(1, pusher.acknowledged + 1)) - seqs)
        twice += counted[pusher.host][0] - len(seqs)
        disordered += counted[pusher.host][1] != max(seqs)
    answers = answers_of(pushers)
    others = {name for name in answers if name not in {"200", "503", "none", "stored", "duplicate"}}
    faults = {"lost": lost, "twice": twice, "out_of_order": disordered, "other_answers": len(others)}
    return {
        "fault": "PostgreSQL restarted",
        "restarts": restarts,
        "acknowledged": sum(pusher.acknowledged for pusher in pushers),
        **faults,
        "answers": dict(answers),
        "worst_first_success_seconds": round(worst, 1),
        "ok": not any(faults.values()) and worst <= GOAL_SECONDS,
    }


if __name__ == "__main__":
    main()
