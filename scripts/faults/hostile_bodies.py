#!/usr/bin/env python3
"""Thousands of bodies that nobody should send, to every route that takes one, on SQLite and on PostgreSQL.

Type: .venv/bin/python scripts/faults/hostile_bodies.py
A real collector takes them one after the other. None may be answered by a 5xx or after more than a second, none that is
refused may change a row, and both databases have to say the same. Takes about five minutes.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from databases import migrate
from hostile import DOCUMENTS, Hostile, list_hostile
from postgresql import run_postgresql
from programs import serve_collector
from stored import NOTED, read_stored
from verdict import finish, say

from collector.clock import utc_now
from collector.database import close_database, open_database
from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

MOST_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome:
    status: int
    seconds: float
    has_changed: bool
    """Something stored, apart from what is noted of every caller."""

    @property
    def is_fault(self) -> bool:
        return not 200 <= self.status < 500


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        finish(compare(Path(folder), server.create_database(), list_hostile()))


def compare(folder: Path, postgresql_url: str, bodies: Sequence[Hostile]) -> dict[str, Any]:
    """Send all of them to a collector on each database; what came of it."""
    on_sqlite = attack(Settings(data_dir=folder / "sqlite"), bodies)
    on_postgresql = attack(Settings(data_dir=folder / "postgresql", database_url=postgresql_url), bodies)
    everything = [*zip(bodies, on_sqlite, strict=True), *zip(bodies, on_postgresql, strict=True)]
    both = zip(bodies, on_sqlite, on_postgresql, strict=True)
    misses = {
        "5xx": [body.name for body, outcome in everything if outcome.is_fault],
        "slow": [body.name for body, outcome in everything if outcome.seconds > MOST_SECONDS],
        "changed": [body.name for body, outcome in everything if outcome.status >= 400 and outcome.has_changed],
        "differing": [body.name for body, one, other in both if one.status != other.status],
    }
    return {
        "fault": "hostile_bodies",
        "bodies": len(bodies),
        "statuses": dict(sorted(Counter(outcome.status for outcome in on_sqlite).items())),
        "slowest_ms": round(1000 * max(outcome.seconds for _, outcome in everything)),
        "not_compared": sorted(".".join(column) for column in NOTED),
        **{name: found[:20] for name, found in misses.items()},
        "ok": not any(misses.values()),
    }


def attack(settings: Settings, bodies: Sequence[Hostile]) -> list[Outcome]:
    """What became of each, in their order."""
    settings.data_dir.mkdir()
    migrate(settings)
    with serving(settings) as victim:
        for path, document in DOCUMENTS.items():
            victim.take(Hostile(path, path, json.dumps(document).encode()))
        outcomes = []
        for number, body in enumerate(bodies, 1):
            outcomes.append(victim.take(body))
            if number % 500 == 0:
                say(f"{'PostgreSQL' if settings.database_url else 'SQLite'}: {number} of {len(bodies)}")
    return outcomes


@contextmanager
def serving(settings: Settings) -> Iterator["Victim"]:
    """A collector of its own process; what it stores is read in this one."""
    where = {"DATABASE_URL": settings.database_url} if settings.database_url else {}
    open_database(settings)
    try:
        with serve_collector(settings.data_dir, **where) as collector:
            yield Victim(urlsplit(collector.url).netloc)
    finally:
        close_database()


class Victim:
    def __init__(self, address: str) -> None:
        self._address = address
        agent = tokens.create_token(Kind.AGENT, "mac-mini", False, utc_now())
        admin = tokens.create_token(Kind.ADMIN, None, False, utc_now())
        self._senders = {
            "/snapshots": {"Authorization": f"Bearer {agent}"},
            "/registry": {"Authorization": f"Bearer {agent}"},
            "/refresh": {"Authorization": f"Bearer {admin}"},
            "/tokens": {"Authorization": f"Bearer {admin}"},
            "/session": {"Sec-Fetch-Site": "same-origin"},
        }
        self._stored = read_stored()

    def take(self, body: Hostile) -> Outcome:
        started = time.monotonic()
        status = self._send(body)
        seconds = time.monotonic() - started
        before, self._stored = self._stored, read_stored()
        return Outcome(status, seconds, self._stored != before)

    def _send(self, body: Hostile) -> int:
        headers = {"Content-Type": "application/json", **self._senders[body.path], **body.headers}
        connection = HTTPConnection(self._address, timeout=60)
        with closing(connection):
            # Whoever says too much gets his answer before he has finished.
            with suppress(BrokenPipeError):
                connection.request("POST", body.path, body.body, headers)
            return connection.getresponse().status


if __name__ == "__main__":
    main()
