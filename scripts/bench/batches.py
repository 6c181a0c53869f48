#!/usr/bin/env python3
"""Snapshots a second in batches of 100, against the drivers' own executemany of the same rows, each batch durable.

Four hosts deliver. The same rows: what the collector stores of these snapshots, ready made, in its own tables with
their indexes.

Type: .venv/bin/python scripts/bench/batches.py
On SQLite (WAL, synchronous=FULL) and on a PostgreSQL of its own that waits for the disk; the rounds take turns. Takes
about two minutes.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from agents import BenchAgent, join_agents
from databases import migrate
from figures import ratios, spread
from load import run_load
from postgresql import Postgresql, run_postgresql
from programs import Collector, serve_collector
from verdict import finish, say

from collector import packing, wire
from collector.database import to_column
from collector.queries import new_events, readings
from collector.queries import snapshots as snapshot_queries
from collector.settings import Settings
from collector.wire import Snapshot

HOSTS, SIZE, ROUNDS, SECONDS = 4, 100, 5, 4.0
# Of each host, made before they are sent: more than are taken in the time.
BATCHES = 400
LEAST = {"sqlite": 0.6, "postgresql": 0.8}

Rows = dict[str, list[tuple[Any, ...]]]
"""By statement."""


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(run_postgresql(is_durable=True))
        url = server.create_database()
        migrate(Settings(data_dir=folder, database_url=url))
        settings = {"sqlite": {}, "postgresql": {"DATABASE_URL": url}}
        floors = {"sqlite": sqlite_floor(folder / "floor"), "postgresql": postgresql_floor(server, folder)}
        found = {}
        for kind, database in settings.items():
            with serve_collector(folder / kind, COLLECTOR_LOG_LEVEL="ERROR", **database) as collector:
                found[kind] = measure(kind, collector, floors[kind])
    is_ok = all(found[kind]["ratio"]["median"] >= least for kind, least in LEAST.items())
    finish({"bench": "batches", "size": SIZE, "rounds": ROUNDS, **found, "ok": is_ok})


def measure(kind: str, collector: Collector, write: Callable[[Rows], None]) -> dict[str, Any]:
    port = int(collector.url.rpartition(":")[2])
    agents = join_agents(collector, HOSTS, accounts=SIZE)
    ours, floor, rows = [], [], rows_of(agents[0])
    for turn in range(ROUNDS + 1):
        made = [list(islice(agent.batches(SIZE), BATCHES)) for agent in agents]
        load = run_load(port, [lambda each=each: iter(each) for each in made], SECONDS if turn else 1.0)
        if load.refused:
            raise SystemExit(f"{kind}: {load.refused} batches were refused")
        rate = rate_of(write, rows)
        say(f"{kind}: {load.per_second * SIZE:.0f} snapshots a second, executemany {rate:.0f}")
        if turn:
            ours.append(load.per_second * SIZE)
            floor.append(rate)
    rates = {"per_second": spread(ours, 0), "executemany_per_second": spread(floor, 0)}
    return {"ratio": spread(ratios(ours, floor)), **rates}


def rows_of(agent: BenchAgent) -> Iterator[Rows]:
    """What the collector would store of each request, in its own tables: receipts, history, and what is shown."""
    pattern = None
    for request in agent.batches(SIZE):
        batch, snapshots = wire.parse_batch(request.partition(b"\r\n\r\n")[2])
        pattern = pattern or packing.pattern_of(snapshots[0].raw_json, snapshots[0].parsed_json)
        yield rows_of_batch(snapshots, to_column(batch.sent_at), pattern)


def rows_of_batch(snapshots: Sequence[Snapshot], moment: datetime, pattern: str | None) -> Rows:
    rows: Rows = {snapshot_queries.RECEIVE: [], new_events.ADD: [], readings.RECORD_READING: []}
    for account_id, snapshot in enumerate(snapshots, 1):
        number = (1, snapshot.item.seq)
        texts, gist = (snapshot.raw_json, snapshot.parsed_json), snapshot.gist
        gauges_json = msgspec.json.encode(gist.gauges).decode()
        content = (None, None, gist.fingerprint, gauges_json, packing.pack(*texts, pattern))
        good = (moment, moment, *texts, snapshot.reading.account_email, "plus", True, moment, snapshot.digest)
        rows[snapshot_queries.RECEIVE].append((*number, snapshot.digest, moment))
        rows[new_events.ADD].append((account_id, *number, moment, moment, 1, 960, *content))
        rows[readings.RECORD_READING].append((account_id, *number, moment, None, None, *number, *good))
    return rows


def rate_of(write: Callable[[Rows], None], batches: Iterator[Rows]) -> float:
    """Snapshots a second; their rows are made before."""
    made = list(islice(batches, 150))
    began_at, count = time.perf_counter(), 0
    while made and time.perf_counter() < began_at + SECONDS:
        write(made.pop(0))
        count += SIZE
    return count / (time.perf_counter() - began_at)


def sqlite_floor(folder: Path) -> Callable[[Rows], None]:
    settings = Settings(data_dir=folder)
    folder.mkdir()
    migrate(settings)
    connection = sqlite3.connect(settings.sqlite_file, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
        connection.execute(statement)

    def write(rows: Rows) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for statement, values in rows.items():
            connection.executemany(statement, values)
        connection.execute("COMMIT")

    return write


def postgresql_floor(server: Postgresql, folder: Path) -> Callable[[Rows], None]:
    url = server.create_database()
    migrate(Settings(data_dir=folder, database_url=url))
    connection = psycopg.connect(url)
    connection.execute("SET session_replication_role = replica")  # it has none of the accounts that the rows are of
    connection.execute("SET synchronous_commit = on")
    connection.commit()

    def write(rows: Rows) -> None:
        with connection.cursor() as cursor:
            for statement, values in rows.items():
                cursor.executemany(statement.replace("?", "%s"), values)
        connection.commit()

    return write


if __name__ == "__main__":
    main()
