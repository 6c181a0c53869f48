#!/usr/bin/env python3
"""How costs grow: with the accounts up to 10,000, with the history up to 10 million rows, with connections and probes.

Type: .venv/bin/python scripts/bench/growth.py >growth.json
Then: .venv/bin/python scripts/bench/growth_charts.py growth.json
On SQLite and on a PostgreSQL of its own. Takes about six minutes and 15 GB of disk for a while; it shows where a
curve bends, and its milliseconds hold for no other machine.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from agents import join_agents
from databases import migrate
from fakes.chatgpt import FakeChatGPT
from fleet import answering, make_host, running, wait_for_line, wait_for_snapshots
from latest_fleet import ACCOUNTS_OF_HOST, Fleet, get
from load import run_load
from postgresql import Postgresql, run_postgresql
from programs import serve_collector
from verdict import say

from collector import backups
from collector.database import close_database, run
from collector.queries import housekeeping
from collector.settings import Settings

ACCOUNTS = (100, 1_000, 10_000)
ROWS = (100_000, 1_000_000, 10_000_000)
CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)
ROUND = (10, 25, 50, 100)
TIMES, LOAD_SECONDS, PRUNE_SECONDS = 9, 4.0, 10.0
INTERVAL_MINUTES = 5

# Each account as if it had been read that often before, five minutes apart.
_LENGTHEN = """
    WITH RECURSIVE up(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM up WHERE number < {count})
    INSERT INTO event (account_id, epoch, seq, first_at, last_at, count, patience_sec, fingerprint, gauges_json, packed)
    SELECT account_id, 0, {count} - number + 1, {time}, {time}, 1, patience_sec, fingerprint, gauges_json, packed
    FROM up, event WHERE id IN (SELECT min(id) FROM event WHERE epoch > 0 GROUP BY account_id)
"""
_EARLIER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', first_at, '-' || (number * {minutes}) || ' minutes')",
    "postgresql": "first_at - number * interval '{minutes} minutes'",
}


def main() -> None:
    with run_postgresql(is_durable=True) as server:
        kinds: dict[str, Postgresql | None] = {"sqlite": None, "postgresql": server}
        found: dict[str, Any] = {
            "connections": {kind: by_connections(each) for kind, each in kinds.items()},
            "accounts": {
                kind: [with_accounts(kind, each, number) for number in ACCOUNTS] for kind, each in kinds.items()
            },
            "rows": {kind: with_rows(kind, each) for kind, each in kinds.items()},
            "round": by_round(),
        }
    print(json.dumps(found))


def by_connections(server: Postgresql | None) -> list[dict[str, float]]:
    """Durable single POSTs a second."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        database = {} if server is None else {"DATABASE_URL": new_database(server, Path(folder))}
        collector = stack.enter_context(serve_collector(Path(folder) / "data", COLLECTOR_LOG_LEVEL="ERROR", **database))
        agents = join_agents(collector, max(CONNECTIONS))
        port, found = int(collector.url.rpartition(":")[2]), []
        for connections in CONNECTIONS:
            load = run_load(port, [agent.singles for agent in agents[:connections]], LOAD_SECONDS)
            found.append({"connections": connections, "per_second": round(load.per_second), "p99_ms": ms(load.p99)})
            say(f"{found[-1]}")
    return found


def with_accounts(kind: str, server: Postgresql | None, accounts: int) -> dict[str, float]:
    """What is asked for all the time, in milliseconds, with so many accounts that were each read once."""
    with fleet_of(server, accounts) as (fleet, _, _):
        found = {"accounts": accounts, **reads(fleet)}
    say(f"{kind}: {found}")
    return found


def with_rows(kind: str, server: Postgresql | None) -> list[dict[str, float]]:
    """As the history of 10,000 accounts grows."""
    found = []
    with fleet_of(server, max(ACCOUNTS)) as (fleet, folder, settings):
        before = 1
        for rows in ROWS:
            lengthen(kind, before, rows // max(ACCOUNTS))
            before = rows // max(ACCOUNTS)
            costs = {"rows": rows, **reads(fleet), **upkeep(folder, settings)}
            found.append(costs)
            say(f"{kind}: {costs}")
        found[-1] |= pruning(fleet)
        say(f"{kind}: {found[-1]}")
    return found


def lengthen(kind: str, before: int, after: int) -> None:
    """From so many rows of each account to so many."""
    if before > 1:
        run("DELETE FROM event WHERE epoch = 0")
    run(_LENGTHEN.format(count=after - 1, time=_EARLIER[kind].format(minutes=INTERVAL_MINUTES)))
    run("ANALYZE")


@contextmanager
def fleet_of(server: Postgresql | None, accounts: int) -> Iterator[tuple[Fleet, Path, Settings]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = None if server is None else server.create_database()
        fleet = Fleet(folder, accounts // ACCOUNTS_OF_HOST, url)
        yield fleet, folder, Settings(data_dir=folder, database_url=url)
        close_database()


def reads(fleet: Fleet) -> dict[str, float]:
    revision = get(fleet.app, fleet.token).revision
    week = f"from={(fleet.now - timedelta(days=7)).timestamp():.0f}&to={fleet.now.timestamp():.0f}"
    found = {
        "ingest_ms": lambda: fleet.push(fleet.hosts[0], ["account-07"], "@host-000.example", fleet.seq % 100),
        "latest_ms": lambda: get(fleet.app, fleet.token),
        "since_ms": lambda: get(fleet.app, fleet.token, f"/latest?since={revision}"),
        "history_ms": lambda: get(fleet.app, fleet.token, f"/history/account-07?host=host-000&window=5h&{week}"),
    }
    return {name: timed(ask) for name, ask in found.items()}


def upkeep(folder: Path, settings: Settings) -> dict[str, float]:
    """Seconds of a start and, on SQLite, of a backup; a PostgreSQL is copied by its own tools."""
    database = {} if settings.database_url is None else {"DATABASE_URL": settings.database_url}
    close_database()
    began_at = time.monotonic()
    with serve_collector(folder, **database):
        found = {"start_seconds": round(time.monotonic() - began_at, 2)}
    if settings.sqlite_file is not None:
        began_at = time.monotonic()
        backups.copy_database(settings.sqlite_file, folder / "copy.sqlite3")
        found |= {"backup_seconds": round(time.monotonic() - began_at, 1)}
        found |= {"megabytes": round((folder / "copy.sqlite3").stat().st_size / 1e6)}
        (folder / "copy.sqlite3").unlink()
    return found


def pruning(fleet: Fleet) -> dict[str, float]:
    """Rows a second, and the longest that a writer has to wait for one bite."""
    deleted, bites = 0, []
    while sum(bites) < PRUNE_SECONDS:
        began_at = time.monotonic()
        rows = housekeeping.prune(timedelta(days=1), fleet.now).total()
        bites.append(time.monotonic() - began_at)
        deleted += rows
        if not rows:
            break
    return {"pruned_per_second": round(deleted / sum(bites)), "longest_bite_ms": ms(max(bites))}


def by_round() -> list[dict[str, float]]:
    """Seconds from an agent's start until so many accounts have been read by the real codex."""
    found = []
    for accounts in ROUND:
        with tempfile.TemporaryDirectory() as name, serve_collector(Path(name) / "data") as collector:
            upstream = FakeChatGPT()
            host = make_host(Path(name) / "host", upstream, collector, accounts)
            with answering(upstream):
                seconds = [read_all(host, accounts) for _ in range(3)][1:]
        found.append({"accounts": accounts, "seconds": round(statistics.median(seconds), 2)})
        say(f"{found[-1]}")
    return found


def read_all(host: Any, accounts: int) -> float:
    with running(host) as agent:
        wait_for_line(agent, f"{accounts} accounts, every ")
        began_at = time.monotonic()
        wait_for_snapshots(agent, accounts)
        return time.monotonic() - began_at


def new_database(server: Postgresql, folder: Path) -> str:
    url = server.create_database()
    migrate(Settings(data_dir=folder, database_url=url))
    return url


def timed(ask: Callable[[], Any]) -> float:
    """The median, in milliseconds; the first time does not count."""
    times = []
    for _ in range(TIMES + 1):
        began_at = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began_at)
    return ms(statistics.median(times[1:]))


def ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


if __name__ == "__main__":
    main()
