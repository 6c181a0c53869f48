#!/usr/bin/env python3
"""What a snapshot costs in processor time, on SQLite, on PostgreSQL, and with two collectors on one PostgreSQL.

Type: .venv/bin/python scripts/bench/ingest_cost.py
Eight hosts deliver batches of 50 as fast as they are answered; no two readings of an account in a row are equal, which
is the most work. Processor time is counted, not the clock: whatever else the machine does changes it little. The
arithmetic of deploy/README.md stands on this. Takes about three minutes.
"""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from agents import join_agents
from databases import migrate
from figures import spread
from load import run_load
from postgresql import Postgresql, run_postgresql
from proc import cpu_of_group
from processes import processes_with
from programs import serve_collector
from verdict import finish, say

from collector.settings import Settings

HOSTS, SIZE, ROUNDS, SECONDS = 8, 50, 5, 8.0
KINDS = {"sqlite": 1, "postgresql": 1, "postgresql, 2 collectors": 2}


def main() -> None:
    collectors: dict[str, list[float]] = {kind: [] for kind in KINDS}
    databases: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with run_postgresql(is_durable=True) as server:
        for number in range(ROUNDS):
            for kind in KINDS:
                ours, theirs = measure(kind, server)
                collectors[kind].append(ours)
                databases[kind].append(theirs)
                say(f"round {number + 1}/{ROUNDS}, {kind}: {ours:.3f} ms, and {theirs:.3f} ms of the database")
    found = {
        kind: {"collectors_ms": spread(collectors[kind]), "database_ms": spread(databases[kind])} for kind in KINDS
    }
    finish({"bench": "ingest cost", "batch": SIZE, "rounds": ROUNDS, **found, "ok": True})


def measure(kind: str, server: Postgresql) -> tuple[float, float]:
    """Processor milliseconds of the collectors, and of a database of its own, for each snapshot."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        environment = {"BENCH": folder, "COLLECTOR_LOG_LEVEL": "ERROR"}
        if kind != "sqlite":
            environment["DATABASE_URL"] = server.create_database()
            migrate(Settings(data_dir=Path(folder), database_url=environment["DATABASE_URL"]))
        data_dirs = [Path(folder) / str(number) for number in range(KINDS[kind])]
        collectors = [stack.enter_context(serve_collector(data_dir, **environment)) for data_dir in data_dirs]
        agents = join_agents(collectors[0], HOSTS, accounts=SIZE)
        streams = [lambda agent=agent: agent.batches(SIZE) for agent in agents]
        ports = [int(collector.url.rpartition(":")[2]) for collector in collectors]
        shares = [streams[number :: len(ports)] for number in range(len(ports))]
        before = _cpu(folder), cpu_of_group(server.pid)
        with ThreadPoolExecutor(len(ports)) as threads:
            loads = list(threads.map(run_load, ports, shares, [SECONDS] * len(ports)))
        after = _cpu(folder), cpu_of_group(server.pid)
    if any(load.refused for load in loads):
        raise SystemExit(f"{kind}: batches were refused")
    snapshots = sum(load.per_second for load in loads) * SECONDS * SIZE
    return (after[0] - before[0]) * 1000 / snapshots, (after[1] - before[1]) * 1000 / snapshots


def _cpu(folder: str) -> float:
    """Seconds of all that run with this in their environment: each collector is two processes."""
    ours = {process.pid: process.parent for process, value in processes_with("BENCH").items() if value == folder}
    return sum(cpu_of_group(pid) for pid, parent in ours.items() if parent not in ours)


if __name__ == "__main__":
    main()
