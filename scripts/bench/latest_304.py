#!/usr/bin/env python3
"""What a read of /latest costs: whole, not modified, and what changed; as ratios within one run.

Type: .venv/bin/python scripts/bench/latest_304.py
It needs no server: requests go to the application itself, on a database in a temporary folder. Takes about a minute.
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response
from werkzeug.test import EnvironBuilder, run_wsgi_app

sys.path.insert(0, str(Path(__file__).parents[2]))

from collector import migrations, wire
from collector.app import create_app
from collector.database import run
from collector.queries import accounts, snapshots, tokens
from collector.queries.tokens import Kind
from collector.routes.heads import Heads
from collector.settings import Settings

HOSTS, ACCOUNTS_OF_HOST = 20, 50
SHORT_HISTORY, LONG_HISTORY = 10_000, 200_000
ROUNDS, CALLS = 7, 7


@dataclass(frozen=True)
class Goal:
    name: str
    of: str
    to: str
    at_most: float | None


GOALS = (
    Goal("whole answer / joining the stored bodies in a bare route", "whole", "joined", 2.0),
    Goal("304 / whole answer", "not_modified", "whole", 0.25),
    Goal("one changed of 1,000 through since / whole answer", "one_changed", "whole", 0.1),
    Goal("nothing changed through since / whole answer", "none_changed", "whole", 0.1),
    Goal("whole answer with raw=0 / whole answer", "without_raw", "whole", None),
    Goal("first whole answer of a process / whole answer", "first", "whole", None),
)


class Fleet:
    """1,000 accounts on 20 hosts, each read once, and a reader who may see them."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 11, 22, 9, 20, tzinfo=UTC)
        settings = Settings(data_dir=folder)
        self.app = create_app(settings, lambda: self.now)
        migrations.migrate(settings)
        self.token = tokens.create_token(Kind.VIEWER, None, False, self.now)
        self.seq = 0
        self.hosts = [self._add_host(f"host-{number:02}") for number in range(HOSTS)]

    def _add_host(self, name: str) -> int:
        tokens.create_token(Kind.AGENT, name, False, self.now)
        host_id = int(run("SELECT id FROM host WHERE name = ?", (name,)).fetchone()[0])
        labels = [f"account-{number:02}" for number in range(ACCOUNTS_OF_HOST)]
        registry = {
            "accounts": [{"account_label": label, "expected_email": f"{label}@example.com"} for label in labels]
        }
        accounts.replace_registry(host_id, wire.parse_registry(json.dumps(registry).encode()), self.now)
        self.push(host_id, labels, f"@{name}.example")
        return host_id

    def push(self, host_id: int, labels: list[str], email: str = "@example.com", used_percent: float = 42) -> None:
        items = [self._item(label, label + email, used_percent) for label in labels]
        body = {"epoch": f"{host_id:032x}", "sent_at": self.now.isoformat(), "items": items}
        snapshots.record_batch(host_id, *wire.parse_batch(json.dumps(body).encode()), self.now)

    def _item(self, label: str, email: str, used_percent: float) -> dict:
        self.seq += 1
        window = {"source": "primary", "usedPercent": used_percent, "leftPercent": 100 - used_percent}
        window |= {"windowDurationMins": 300, "resetsAt": 1795342809, "resetsAtIsoUtc": "2026-11-22T10:20:09Z"}
        normalized = {"provider": "codex", "account_email": email, "account_id": f"account-{email}"}
        normalized |= {"rate_planType": "plus", "windows": {"5h": window, "weekly": window}}
        slot = {"usedPercent": used_percent, "windowDurationMins": 300, "resetsAt": 1795342809}
        raw = {
            "rateLimits": {"limitId": "codex", "primary": slot, "secondary": slot, "credits": None, "planType": "plus"}
        }
        return {
            "seq": self.seq,
            "account_label": label,
            "observed_at": self.now.isoformat(),
            "raw": raw,
            "parsed": {"userAgent": "codex_cli_rs/0.169.0 (Debian 12; x86_64)", "normalized": normalized},
        }

    def lengthen_history(self, folder: Path, rows: int) -> None:
        """Equal events before the first; as if each account had been read that often."""
        each = rows // (HOSTS * ACCOUNTS_OF_HOST) - 1
        add = """
            INSERT INTO event SELECT NULL, account_id, 0, 1000 * seq + number, first_at, last_at, count, observed_at,
                error_code, error_message, raw_json, parsed_json, fingerprint
            FROM event, (WITH RECURSIVE up(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM up WHERE number < ?)
                SELECT number FROM up) WHERE epoch > 0
        """
        with sqlite3.connect(folder / "collector.sqlite3") as connection:
            connection.execute("DELETE FROM event WHERE epoch = 0")
            connection.execute(add, (each,))
        connection.close()


def bare_app() -> Flask:
    """The same stack with our work taken away: the stored bodies, joined."""
    app = Flask("bare")

    @app.get("/latest")
    def join() -> Response:
        rows = run("SELECT raw_json, parsed_json FROM reading").fetchall()
        text = ",".join(f'{{"raw":{raw},"parsed":{parsed}}}' for raw, parsed in rows)
        return Response(f'{{"items":[{text}]}}', content_type="application/json")

    return app


@dataclass(frozen=True)
class Answer:
    seconds: float
    """Of processor time: others at work on the machine do not count."""
    status: int
    body: bytes
    etag: str

    @property
    def revision(self) -> str:
        return json.loads(self.body)["revision"]


def get(app: Flask, token: str, path: str = "/latest", etag: str | None = None) -> Answer:
    """One request to the application, without a network in between."""
    headers = {"Authorization": f"Bearer {token}", **({"If-None-Match": etag} if etag else {})}
    environ = EnvironBuilder(path=path, headers=headers).get_environ()
    started = time.thread_time()
    parts, status, told = run_wsgi_app(app, environ)
    body = b"".join(parts)
    return Answer(time.thread_time() - started, int(status.split()[0]), body, told.get("ETag", ""))


def one_changed(fleet: Fleet) -> Answer:
    before = get(fleet.app, fleet.token).revision
    fleet.push(fleet.hosts[0], ["account-07"], "@host-00.example", used_percent=fleet.seq % 100)
    answer = get(fleet.app, fleet.token, f"/latest?since={before}")
    assert len(json.loads(answer.body)["items"]) == 1
    return answer


def first(fleet: Fleet) -> Answer:
    fleet.app.extensions["heads"] = Heads()
    return get(fleet.app, fleet.token)


def not_modified(fleet: Fleet) -> Answer:
    answer = get(fleet.app, fleet.token, etag=get(fleet.app, fleet.token).etag)
    assert answer.status == 304
    return answer


def none_changed(fleet: Fleet) -> Answer:
    return get(fleet.app, fleet.token, f"/latest?since={get(fleet.app, fleet.token).revision}")


def cases(fleet: Fleet) -> dict[str, Callable[[], Answer]]:
    bare = bare_app()
    return {
        "joined": lambda: get(bare, fleet.token),
        "whole": lambda: get(fleet.app, fleet.token),
        "without_raw": lambda: get(fleet.app, fleet.token, "/latest?raw=0"),
        "first": lambda: first(fleet),
        "not_modified": lambda: not_modified(fleet),
        "none_changed": lambda: none_changed(fleet),
        "one_changed": lambda: one_changed(fleet),
    }


def measure(fleet: Fleet) -> tuple[list[dict[str, float]], dict[str, int]]:
    """Of each round the median seconds of each case, and the bytes of one answer."""
    rounds, sizes = [], {}
    get(fleet.app, fleet.token)
    for _ in range(ROUNDS):
        taken: dict[str, float] = {}
        for name, ask in cases(fleet).items():
            answers = [ask() for _ in range(CALLS)]
            taken[name] = statistics.median(answer.seconds for answer in answers)
            sizes[name] = len(answers[-1].body)
        rounds.append(taken)
    return rounds, sizes


def tell(name: str, ratios: list[float], goal: str) -> None:
    print(f"{name}: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}){goal}")


def _by_yardstick(taken: dict[str, float]) -> float:
    return taken["whole"] / taken["joined"]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fleet = Fleet(folder)
        by_length = {}
        for rows in (SHORT_HISTORY, LONG_HISTORY):
            fleet.lengthen_history(folder, rows)
            by_length[rows], sizes = measure(fleet)
        short, long = by_length[SHORT_HISTORY], by_length[LONG_HISTORY]
        for goal in GOALS:
            limit = f"; goal: at most {goal.at_most}" if goal.at_most else ""
            tell(f"time of {goal.name}", [taken[goal.of] / taken[goal.to] for taken in short], limit)
            print(f"  bytes: {sizes[goal.of]} / {sizes[goal.to]} = {sizes[goal.of] / sizes[goal.to]:.4f}")
        # By the yardstick of the same minute, for the two lengths cannot be measured in turn.
        ratios = [_by_yardstick(after) / _by_yardstick(before) for before, after in zip(short, long, strict=True)]
        tell(
            f"time of the whole answer, {LONG_HISTORY} / {SHORT_HISTORY} rows of history", ratios, "; goal: at most 1.1"
        )
        print(f"whole answer: {statistics.median(taken['whole'] for taken in short) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
