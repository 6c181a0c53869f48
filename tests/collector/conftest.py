"""A collector on a real database file, a clock that the test sets, and those who call it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector import migrations
from collector.app import create_app
from collector.database import database
from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

START = datetime(2026, 11, 22, 9, 20, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@dataclass
class Caller:
    """Somebody with a token, or with none."""

    client: FlaskClient
    token: str | None

    def request(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str) -> TestResponse:
        return self.request("GET", path)

    def post(self, path: str, body: Any) -> TestResponse:
        return self.request("POST", path, json=body)


@dataclass
class Reader(Caller):
    def latest(self, query: str = "") -> list[dict[str, Any]]:
        return self.get(f"/latest{query}").get_json()["items"]

    def item(self, label: str = "acc1") -> dict[str, Any]:
        return self.get(f"/latest/{label}").get_json()

    def events(self, label: str = "acc1", query: str = "") -> list[dict[str, Any]]:
        return self.get(f"/events/{label}{query}").get_json()["items"]

    def revision(self) -> str:
        return self.get("/latest").get_json()["revision"]

    def used_percent(self, label: str = "acc1") -> float:
        return self.item(label)["parsed"]["normalized"]["windows"]["5h"]["usedPercent"]


class Agent(Caller):
    def __init__(self, client: FlaskClient, token: str, clock: Clock) -> None:
        super().__init__(client, token)
        self.clock = clock
        self.epoch = "a" * 32
        self.seqs = count(1)

    def register(self, *accounts: str | dict[str, Any], **members: Any) -> TestResponse:
        entries = [{"account_label": entry} if isinstance(entry, str) else entry for entry in accounts]
        return self.post("/registry", {"accounts": entries, **members})

    def reading(self, label: str = "acc1", seq: int | None = None, used_percent: float = 42) -> dict[str, Any]:
        window = {"usedPercent": used_percent, "leftPercent": 100 - used_percent, "windowDurationMins": 300}
        normalized = {"provider": "codex", "account_email": "you@example.com", "windows": {"5h": window}}
        return {
            "seq": next(self.seqs) if seq is None else seq,
            "account_label": label,
            "observed_at": self.clock().isoformat(),
            "error": None,
            "raw": {"rateLimits": {"primary": {"usedPercent": used_percent}}},
            "parsed": {"userAgent": "host-agent/0.1.0", "normalized": normalized},
        }

    def failure(self, code: str = "network", label: str = "acc1", seq: int | None = None) -> dict[str, Any]:
        error = {"code": code, "message": "It did not work."}
        return {**self.reading(label, seq), "error": error, "raw": None, "parsed": None}

    def batch(self, *items: dict[str, Any], **members: Any) -> dict[str, Any]:
        return {"epoch": self.epoch, "sent_at": self.clock().isoformat(), "items": list(items), **members}

    def send(self, *items: dict[str, Any], **members: Any) -> list[tuple[str, str | None]]:
        """Push a batch that must be taken; what became of each item."""
        response = self.post("/snapshots", self.batch(*items, **members))
        assert response.status_code == 200, response.get_json()
        return [(result["status"], result["code"]) for result in response.get_json()["results"]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    migrations.migrate(settings)
    yield app
    database.close()


@pytest.fixture
def make_agent(app: Flask, clock: Clock):
    def make(host: str) -> Agent:
        return Agent(app.test_client(), tokens.create_token(Kind.AGENT, host, False, clock()), clock)

    return make


@pytest.fixture
def agent(make_agent) -> Agent:
    """The agent of mac-mini, which has registered acc1."""
    agent = make_agent("mac-mini")
    agent.register("acc1")
    return agent


@pytest.fixture
def reader(app: Flask, clock: Clock) -> Reader:
    return Reader(app.test_client(), tokens.create_token(Kind.VIEWER, None, False, clock()))


@pytest.fixture
def anonymous(app: Flask) -> Caller:
    return Caller(app.test_client(), None)
