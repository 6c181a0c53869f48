#!/usr/bin/env python3
"""The whole collector is killed 50 times on each database while eight agents push to it, and started again.

Type: .venv/bin/python scripts/faults/killed_collector.py
Between them and it stands a proxy that loses a tenth of the requests, and a tenth of the answers once what they
acknowledge is stored. Every third time it is killed before anything has passed. Needs Linux; takes about six minutes.
"""

import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from databases import migrate
from lossy_proxy import LossyProxy, lossy_proxy
from postgresql import run_postgresql
from programs import serve_collector
from pushers import Pusher, answers_of, pushing, wait_for_success
from slowness import Worst
from stored_pushes import count_faults
from verdict import finish, say

from collector.settings import Settings

KILLS, HOSTS = 50, 8
LOAD_SECONDS = 3
EARLY_EVERY, EARLY_SECONDS = 3, 0.5
GOAL_SECONDS = 10


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        sqlite = kill_often(Path(folder) / "sqlite", KILLS, HOSTS)
        postgresql = kill_often(Path(folder) / "postgresql", KILLS, HOSTS, server.create_database())
    is_good = sqlite["ok"] and postgresql["ok"]
    finish({"fault": "killed collector", "sqlite": sqlite, "postgresql": postgresql, "ok": is_good})


def kill_often(folder: Path, kills: int, hosts: int, url: str | None = None) -> dict[str, Any]:
    """Kill it so often while so many hosts push; its data is in a SQLite file, or in the PostgreSQL of that URL."""
    settings = {"DATABASE_URL": url} if url else {}
    if url:
        migrate(Settings(data_dir=folder, database_url=url))
    worst = Worst()
    with ExitStack() as stack:
        collector = stack.enter_context(serve_collector(folder, **settings))
        proxy = stack.enter_context(lossy_proxy(collector.url))
        pushers = stack.enter_context(pushing(collector, hosts, proxy.url))
        wait_for_success(pushers, time.monotonic())
        for number in range(kills):
            time.sleep(random.uniform(0, EARLY_SECONDS if is_early(number) else LOAD_SECONDS))
            collector.send_signal(signal.SIGKILL)
            killed_at = time.monotonic()
            collector = stack.enter_context(serve_collector(folder, **settings))
            proxy.lead_to(collector.url)
            if not is_early(number + 1):
                worst.add(wait_for_success(pushers, killed_at))
                say(f"kill {number}: at worst a fresh snapshot passed after {worst.seconds:.1f} s")
        wait_for_success(pushers, time.monotonic())
        while not proxy.lost_answers:  # after few kills it may have lost none yet
            wait_for_success(pushers, time.monotonic())
    return {"kills": kills, **judge(url or folder / "collector.sqlite3", pushers, proxy, worst)}


def is_early(number: int) -> bool:
    """Whether this kill does not wait until anything has passed."""
    return number % EARLY_EVERY == EARLY_EVERY - 1


def judge(database: Path | str, pushers: Sequence[Pusher], proxy: LossyProxy, worst: Worst) -> dict[str, Any]:
    faults = count_faults(database, pushers)
    return {
        "acknowledged": sum(pusher.acknowledged for pusher in pushers),
        "answers_lost_share": round(proxy.lost_answers / proxy.answers, 3),
        **faults,
        "answers": dict(answers_of(pushers)),
        **worst.report("fresh_snapshot"),
        "ok": not any(faults.values()) and worst.fair_seconds <= GOAL_SECONDS and proxy.lost_answers > 0,
    }


if __name__ == "__main__":
    main()
