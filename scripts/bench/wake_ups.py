#!/usr/bin/env python3
"""How soon who waits is told: a parked agent of a wish, and a parked page of a stored snapshot.

Type: .venv/bin/python scripts/bench/wake_ups.py
Within one collector, and from one collector to another on the same PostgreSQL. Takes about a minute.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

import requests
from agents import BenchAgent, envelope, join_agents, snapshot
from databases import migrate
from figures import spread
from postgresql import run_postgresql
from programs import serve_collector
from verdict import finish, say

from collector.settings import Settings

TIMES = 30
# More than a process takes to see what another one has committed, so that a park has begun.
SETTLE_SECONDS = 0.4
MOST_MS = {"same_process": 50, "across_processes": 300}


class Fleet:
    """An agent and a reader, each with a connection that waits at `parked` and another that acts at `acting`."""

    def __init__(self, parked: str, acting: str, agent: BenchAgent, reader_token: str) -> None:
        self._parked, self._acting = parked, acting
        self._sessions = {name: requests.Session() for name in ("parked", "acting")}
        self._agent = {"Authorization": f"Bearer {agent.token}"}
        self._host, [self._label] = agent.host, agent.labels
        self._reader = {"Authorization": f"Bearer {reader_token}"}
        self._cursor = 0
        self._seq = time.time_ns() // 1000
        self._threads = ThreadPoolExecutor(1)

    def wish_to_agent(self) -> float:
        """Seconds from the wish's being sent until the agent has it; the snapshot that answers it follows."""
        path = f"/refresh/queue?after={self._cursor}&wait=30"
        wish = {"host": self._host}
        told_at, answer, began_at = self._wake(path, self._agent, lambda: self._act("/refresh", self._reader, wish))
        assert answer["refreshes"], answer
        self._cursor = answer["cursor"]
        # What has just been read well would not be wished for again.
        self._push(refresh_cursor=self._cursor, raw=None, parsed=None, error={"code": "network", "message": "away"})
        return told_at - began_at

    def snapshot_to_page(self) -> float:
        """Seconds from the snapshot's being acknowledged until the page has it; 0 when it was told first."""
        revision = self._ask("/latest", self._reader)["revision"]
        told_at, answer, _ = self._wake(f"/latest?raw=0&since={revision}&wait=30", self._reader, self._push)
        assert len(answer["items"]) == 1, answer
        return max(0.0, told_at - self._acted_at)

    def _wake(self, path: str, headers: dict[str, str], act: Callable[[], None]) -> tuple[float, Any, float]:
        parked = self._threads.submit(lambda: (self._ask(path, headers), time.monotonic()))
        time.sleep(SETTLE_SECONDS)
        began_at = time.monotonic()
        act()
        self._acted_at = time.monotonic()
        answer, told_at = parked.result(60)
        return told_at, answer, began_at

    def _push(self, **changes: Any) -> None:
        self._seq += 1
        item = snapshot(self._label, self._seq) | changes
        self._act("/snapshots", self._agent, envelope([item]))

    def _ask(self, path: str, headers: dict[str, str]) -> Any:
        answer = self._sessions["parked"].get(self._parked + path, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _act(self, path: str, headers: dict[str, str], body: Any) -> None:
        self._sessions["acting"].post(self._acting + path, json=body, headers=headers, timeout=60).raise_for_status()


@contextmanager
def fleets(folder: Path) -> Iterator[dict[str, Fleet]]:
    with run_postgresql() as server:
        url = server.create_database()
        migrate(Settings(data_dir=folder, database_url=url))
        with (
            serve_collector(folder / "one", DATABASE_URL=url) as one,
            serve_collector(folder / "another", DATABASE_URL=url) as another,
        ):
            agents = join_agents(one, 2)
            reader = one.token("--kind", "viewer")
            yield {
                "same_process": Fleet(one.url, one.url, agents[0], reader),
                "across_processes": Fleet(one.url, another.url, agents[1], reader),
            }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, fleets(Path(folder)) as found:
        verdict = {name: measure(name, fleet) for name, fleet in found.items()}
    is_ok = all(part["median"] <= MOST_MS[name] for name, parts in verdict.items() for part in parts.values())
    finish({"bench": "wake-ups", "times": TIMES, "goals_ms": MOST_MS, **verdict, "ok": is_ok})


def measure(name: str, fleet: Fleet) -> dict[str, dict[str, float]]:
    ways = {"wish_to_agent_ms": fleet.wish_to_agent, "snapshot_to_page_ms": fleet.snapshot_to_page}
    found = {way: spread((1000 * ask() for ask in [ask] * TIMES), 1) for way, ask in ways.items()}
    say(f"{name}: {found}")
    return found


if __name__ == "__main__":
    main()
