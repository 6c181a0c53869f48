#!/usr/bin/env python3
"""Snapshots a second in batches of 100, against the drivers' own executemany of the same rows, each batch durable.

Type: .venv/bin/python scripts/bench/batches.py
On SQLite (WAL, synchronous=FULL) and on a PostgreSQL of its own that waits for the disk; the rounds take turns. Takes
about two minutes.
"""

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from agents import BenchAgent, join_agents
from databases import migrate
from figures import ratios, spread
from load import run_load
from postgresql import run_postgresql
from programs import Collector, serve_collector
from verdict import finish, say

from collector.settings import Settings

SIZE, ROUNDS, SECONDS = 100, 5, 4.0
LEAST = {"sqlite": 0.6, "postgresql": 0.8}

_TABLE = """
    CREATE TABLE snapshot (host TEXT, epoch TEXT, seq BIGINT, label TEXT, observed_at TEXT, raw TEXT, parsed TEXT,
        PRIMARY KEY (host, epoch, seq))
"""
_ADD = "INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?)"
Row = tuple[Any, ...]


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(run_postgresql(is_durable=True))
        url = server.create_database()
        migrate(Settings(data_dir=folder, database_url=url))
        settings = {"sqlite": {}, "postgresql": {"DATABASE_URL": url}}
        floors = {"sqlite": sqlite_floor(folder / "floor.sqlite3"), "postgresql": postgresql_floor(server)}
        found = {}
        for kind, database in settings.items():
            with serve_collector(folder / kind, COLLECTOR_LOG_LEVEL="ERROR", **database) as collector:
                found[kind] = measure(kind, collector, floors[kind])
    is_ok = all(found[kind]["ratio"]["median"] >= least for kind, least in LEAST.items())
    finish({"bench": "batches", "size": SIZE, "rounds": ROUNDS, **found, "ok": is_ok})


def measure(kind: str, collector: Collector, write: Callable[[list[Row]], None]) -> dict[str, Any]:
    port = int(collector.url.rpartition(":")[2])
    [agent] = join_agents(collector, 1, accounts=SIZE)
    ours, floor = [], []
    for turn in range(ROUNDS + 1):
        load = run_load(port, [lambda: agent.batches(SIZE)], SECONDS if turn else 1.0)
        if load.refused:
            raise SystemExit(f"{kind}: {load.refused} batches were refused")
        rate = rate_of(write, rows_of(agent))
        say(f"{kind}: {load.per_second * SIZE:.0f} snapshots a second, executemany {rate:.0f}")
        if turn:
            ours.append(load.per_second * SIZE)
            floor.append(rate)
    rates = {"per_second": spread(ours, 0), "executemany_per_second": spread(floor, 0)}
    return {"ratio": spread(ratios(ours, floor)), **rates}


def rows_of(agent: BenchAgent) -> Iterator[list[Row]]:
    """What the requests hold, as rows of a table."""
    for request in agent.batches(SIZE):
        batch = json.loads(request.partition(b"\r\n\r\n")[2])
        yield [row_of(batch["epoch"], item) for item in batch["items"]]


def row_of(epoch: str, item: dict[str, Any]) -> Row:
    texts = json.dumps(item["raw"]), json.dumps(item["parsed"])
    return ("host", epoch, item["seq"], item["account_label"], item["observed_at"], *texts)


def rate_of(write: Callable[[list[Row]], None], batches: Iterator[list[Row]]) -> float:
    """Rows a second; they are made before."""
    made = list(islice(batches, 200))
    began_at, count = time.perf_counter(), 0
    while made and time.perf_counter() < began_at + SECONDS:
        write(made.pop())
        count += SIZE
    return count / (time.perf_counter() - began_at)


def sqlite_floor(file: Path) -> Callable[[Sequence[Row]], None]:
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _TABLE):
        connection.execute(statement)

    def write(rows: Sequence[Row]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_ADD, rows)
        connection.execute("COMMIT")

    return write


def postgresql_floor(server: Any) -> Callable[[Sequence[Row]], None]:
    connection = psycopg.connect(server.create_database())
    connection.execute(_TABLE)
    connection.execute("SET synchronous_commit = on")
    connection.commit()

    def write(rows: Sequence[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(_ADD.replace("?", "%s"), rows)
        connection.commit()

    return write


if __name__ == "__main__":
    main()
