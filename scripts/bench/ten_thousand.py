#!/usr/bin/env python3
"""What 10,000 accounts on 100 hosts take of one processor: the snapshots of a minute, beside pages that follow them.

Type: .venv/bin/python scripts/bench/ten_thousand.py
Each account is read every five minutes, and each snapshot comes in a request of its own, which is the dearest way; they
come at the pace at which they would. What counts is the collector's processor time. Takes about four minutes.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

import requests
from agents import BenchAgent, envelope, join_agents, snapshot
from figures import spread
from proc import cpu_of_group
from processes import children_of
from programs import Collector, serve_collector
from verdict import finish, say

HOSTS, ACCOUNTS_OF_HOST = 100, 100
INTERVAL_SECONDS, MINUTE = 300, 60
PAGES, MINUTES = 3, 3
# A page asks again a quarter of a second after an answer.
PAGE_PAUSE_SECONDS = 0.25
MOST_SHARE = 0.5


def main() -> None:
    with tempfile.TemporaryDirectory() as name, serve_collector(Path(name) / "data") as collector:
        [server] = children_of(os.getpid())
        agents = join_agents(collector, HOSTS, ACCOUNTS_OF_HOST)
        fill(collector, agents)
        with pages(collector):
            shares = [live_a_minute(collector, agents, server) for _ in range(MINUTES)]
    verdict = {"bench": "10,000 accounts", "hosts": HOSTS, "pages": PAGES, "share_of_a_processor": spread(shares)}
    finish(verdict | {"goal": MOST_SHARE, "ok": verdict["share_of_a_processor"]["median"] <= MOST_SHARE})


def fill(collector: Collector, agents: Sequence[BenchAgent]) -> None:
    """One reading of each account, a host's in one batch."""
    for number, agent in enumerate(agents):
        push(collector, agent, agent.labels)
        if number % 20 == 19:
            say(f"{number + 1} of {HOSTS} hosts have been read")


def live_a_minute(collector: Collector, agents: Sequence[BenchAgent], server: int) -> float:
    """The share of a processor that the collector needs for what arrives in a minute."""
    count = HOSTS * ACCOUNTS_OF_HOST * MINUTE // INTERVAL_SECONDS
    began_at, before = time.monotonic(), cpu_of_group(server)
    for number in range(count):
        time.sleep(max(0.0, began_at + number * MINUTE / count - time.monotonic()))
        agent = agents[number % HOSTS]
        push(collector, agent, [agent.labels[number // HOSTS]])
    share = (cpu_of_group(server) - before) / (time.monotonic() - began_at)
    say(f"{count} snapshots, {share:.1%} of a processor")
    return share


def push(collector: Collector, agent: BenchAgent, labels: Sequence[str]) -> None:
    seq = time.time_ns() // 1000
    items = [snapshot(label, seq + place) for place, label in enumerate(labels)]
    headers = {"Authorization": f"Bearer {agent.token}"}
    answer = _session.post(f"{collector.url}/snapshots", json=envelope(items), headers=headers, timeout=60)
    answer.raise_for_status()


_session = requests.Session()


@contextmanager
def pages(collector: Collector) -> Iterator[None]:
    """Open pages, which follow what changes."""
    is_over = threading.Event()
    token = collector.token("--kind", "viewer")
    threads = [threading.Thread(target=follow, args=(collector, token, is_over)) for _ in range(PAGES)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def follow(collector: Collector, token: str, is_over: threading.Event) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"

        def ask(query: str) -> Any:
            answer = session.get(f"{collector.url}/latest?raw=0{query}", timeout=60)
            answer.raise_for_status()
            return answer.json()["revision"]

        revision = ask("")
        while not is_over.wait(PAGE_PAUSE_SECONDS):
            revision = ask(f"&since={revision}&wait=5")


if __name__ == "__main__":
    main()
