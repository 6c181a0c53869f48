#!/usr/bin/env python3
"""The API against its own specification: requests that /openapi.json allows, and requests that it forbids.

Type: .venv/bin/python scripts/faults/specified_requests.py
schemathesis makes them and runs all its checks on the answers; besides, no refusal may change a row. On SQLite and on
PostgreSQL, through a server on loopback. Takes about half an hour.
"""

import logging
import re
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import schemathesis
from databases import migrate
from flask import Flask
from hostile import DOCUMENTS
from hypothesis import strategies as st
from postgresql import run_postgresql
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.openapi.checks import RejectedPositiveData
from stored import read_stored
from verdict import finish, say
from werkzeug.serving import make_server

from collector.app import create_app
from collector.clock import utc_now
from collector.database import close_database, give_back_connection
from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

EXAMPLES = 300
# Refusals that a JSON schema cannot foretell.
BEYOND_A_SCHEMA = re.compile(
    "is there twice"  # labels of a registry, where capitals do not count
    "|from must be (before to|between)"
    "|Expected `int"  # 7.0 is an integer to a schema
)
# Most times that a schema allows are before or after all that a collector takes.
TIMES = st.integers(0, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        on_sqlite = examine(Settings(data_dir=Path(folder)), EXAMPLES)
        on_postgresql = examine(Settings(data_dir=Path(folder), database_url=server.create_database()), EXAMPLES)
    is_ok = on_sqlite["ok"] and on_postgresql["ok"]
    finish({"fault": "specified_requests", "sqlite": on_sqlite, "postgresql": on_postgresql, "ok": is_ok})


def examine(settings: Settings, examples: int, with_edges: bool = True) -> dict[str, Any]:
    """Try every route of a collector with so many examples, and with whatever lies at the edges of its schemas."""
    migrate(settings)
    app = create_app(settings)
    # So that nobody waits: each answer comes as if the time to wait were over.
    app.extensions["parking"].end()
    keys = Keys()
    for path in ("/registry", "/snapshots"):
        app.test_client().post(path, json=DOCUMENTS[path], headers=keys.headers(Kind.AGENT))
    watch = Watch(app)
    try:
        with serving(app) as url:
            found = run(load(url, keys, settings_of(examples, with_edges)))
    finally:
        close_database()
    return {**found, **watch.report(), "ok": not (found["failures"] or watch.changed)}


class Keys:
    """Tokens for whoever calls; a new one where a request has revoked the last."""

    def __init__(self) -> None:
        self._known: dict[Kind, str] = {}

    def headers(self, kind: Kind) -> dict[str, str]:
        try:
            return {"Authorization": f"Bearer {self._good_one(kind)}"}
        finally:
            # The thread that asks may be one of schemathesis, which ends without a word.
            give_back_connection()

    def _good_one(self, kind: Kind) -> str:
        text = self._known.get(kind)
        if text is None or tokens.find_identity(tokens.public_id(text), text) is None:
            host = "mac-mini" if kind is Kind.AGENT else None
            text = self._known[kind] = tokens.create_token(kind, host, False, utc_now())
        return text

    def get(self, _case: Any, context: Any) -> dict[str, str]:
        """For schemathesis: what the operation asks for."""
        scopes = [scope for way in context.operation.definition.raw["security"] for scope in way.get("token", ())]
        return self.headers(Kind.AGENT if "agent" in scopes else Kind.ADMIN) if scopes else {}

    def set(self, case: Any, headers: dict[str, str], _context: Any) -> None:
        case.headers.update(headers)


class Watch:
    """What the requests to an app came to, and which refused ones changed something that is stored."""

    def __init__(self, app: Flask) -> None:
        self._app, app.wsgi_app = app.wsgi_app, self
        self.statuses: Counter[str] = Counter()
        self.changed: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        told: list[str] = []

        def start(status: str, *rest: Any) -> Any:
            told.append(status[:3])
            return start_response(status, *rest)

        before = read_stored()
        answer = self._app(environ, start)
        self.statuses[told[-1]] += 1
        if told[-1] >= "400" and read_stored() != before:
            self.changed.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {told[-1]}")
        return answer

    def report(self) -> dict[str, Any]:
        statuses = dict(sorted(self.statuses.items()))
        return {"requests": self.statuses.total(), "statuses": statuses, "changed": self.changed[:20]}


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """One request after the other, so that each can be told what it changed."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings_of(examples: int, with_edges: bool) -> SchemathesisConfig:
    """Of a run that is the same every time."""
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "generation": {"deterministic": True, "max-examples": examples, "database": "none"},
            "phases": {"coverage": {"enabled": with_edges}},
            # As a page of the collector's own does; programs may send it too.
            "headers": {"Sec-Fetch-Site": "same-origin"},
        }
    )


def load(url: str, keys: Keys, config: SchemathesisConfig) -> Any:
    """The API that is described there, as schemathesis is to try it."""
    schemathesis.openapi.format("date-time", TIMES)
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config, headers=keys.headers(Kind.ADMIN))
    schema.auth(refresh_interval=None)(Keys)

    @schema.hook
    def filter_failure(_context: Any, failure: Any, _case: Any, response: Any) -> bool:
        return not (isinstance(failure, RejectedPositiveData) and BEYOND_A_SCHEMA.search(response.text))

    return schema


def run(schema: Any) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    failures: set[str] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            counts["cases"] += len(event.recorder.checks)
            counts["beyond_a_schema"] += sum(event.recorder.filtered_failures.values())
            for checks in event.recorder.checks.values():
                counts["checks"] += len(checks)
                failures |= {f"{event.label}: {told(check)}" for check in checks if check.status != "success"}
        elif isinstance(event, events.NonFatalError | events.FatalError):
            failures.add(f"{getattr(event, 'label', 'all')}: {event}"[:500])
        elif isinstance(event, events.PhaseFinished):
            say(f"{event.phase.name}: {dict(counts)}")
    return {**counts, "failures": sorted(failures)[:20]}


def told(check: Any) -> str:
    found = check.failure_info
    return f"{check.name}: {found.failure.message[:200]} {found.code_sample[:300]}" if found else check.name


if __name__ == "__main__":
    main()
