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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from databases import migrate
from postgresql import Postgresql, run_postgresql
from programs import serve_collector
from pushers import Pusher, answers_of, pushing, wait_for_success
from slowness import Worst
from stored_pushes import count_faults
from verdict import finish, say

from collector.settings import Settings

RESTARTS, HOSTS = 20, 8
WAYS = ("kill", "immediate", "fast")
AWAY_SECONDS = LOAD_SECONDS = 3
GOAL_SECONDS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        finish(restart(Path(folder), server, RESTARTS, HOSTS))


def restart(folder: Path, server: Postgresql, restarts: int, hosts: int) -> dict[str, Any]:
    """Restart the server so often while so many hosts push."""
    url = server.create_database()
    migrate(Settings(data_dir=folder, database_url=url))
    worst = Worst()
    with serve_collector(folder / "collector", DATABASE_URL=url) as collector, pushing(collector, hosts) as pushers:
        for number in range(restarts):
            wait_for_success(pushers, time.monotonic())
            time.sleep(random.uniform(0, LOAD_SECONDS))
            server.stop(WAYS[number % len(WAYS)])
            time.sleep(random.uniform(0.2, AWAY_SECONDS))
            server.start()
            seconds = wait_for_success(pushers, time.monotonic())
            worst.add(seconds)
            say(f"restart {number} ({WAYS[number % len(WAYS)]}): first success after {seconds:.1f} s")
    return judge(url, pushers, restarts, worst)


def judge(url: str, pushers: Sequence[Pusher], restarts: int, worst: Worst) -> dict[str, Any]:
    faults = count_faults(url, pushers)
    return {
        "fault": "PostgreSQL restarted",
        "restarts": restarts,
        "acknowledged": sum(pusher.acknowledged for pusher in pushers),
        **faults,
        "answers": dict(answers_of(pushers)),
        **worst.report("first_success"),
        "ok": not any(faults.values()) and worst.fair_seconds <= GOAL_SECONDS,
    }


if __name__ == "__main__":
    main()
