"""A collector on a real database, a clock that the test sets, and those who call it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from threading import Condition
from typing import Any
from urllib.parse import urlsplit

import pytest
from databases import (
    EMPTY_POSTGRESQL,
    NEW_POSTGRESQL,
    POSTGRESQL,
    SQLITE,
    MigratedDatabase,
    MigratedFile,
    migrate,
    migrated_database,
)
from flask import Flask
from flask.testing import FlaskClient
from postgresql import Postgresql
from specification import specification_of
from werkzeug.test import TestResponse

from collector.app import create_app
from collector.database import close_database
from collector.parking import News, Parking, Seat
from collector.queries import sessions, tokens
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
        response = self.client.open(path, method=method, headers=headers, buffered=True, **options)
        app = self.client.application
        specification_of(app).hold(app, method, path, response)
        return response

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any) -> TestResponse:
        return self.request("POST", path, json=body)

    def delete(self, path: str) -> TestResponse:
        return self.request("DELETE", path)


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


@dataclass
class Page(Caller):
    """A page in a browser: what it sends carries the browser's cookies, and says which site sent it."""

    sends: dict[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin"})
    address: str = "http://127.0.0.1:8080"
    from_address: str = "127.0.0.1"

    def request(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {**self.sends, **options.pop("headers", {})}
        environ = {"REMOTE_ADDR": self.from_address}
        return super().request(
            method, path, headers=headers, base_url=self.address, environ_overrides=environ, **options
        )

    def sign_in(self, **credential: str) -> TestResponse:
        return self.post("/session", credential)

    def sign_out(self) -> TestResponse:
        return self.request("DELETE", "/session")

    def cookie(self, name: str = "session-8080") -> str:
        return self.client.get_cookie(name, domain=urlsplit(self.address).hostname).value

    def set_cookie(self, name: str, value: str) -> None:
        self.client.set_cookie(name, value, domain=urlsplit(self.address).hostname)

    def is_signed_in(self) -> bool:
        return self.get("/session").status_code == 200


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


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> MigratedFile:
    return MigratedFile(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def migrated_on_postgresql(
    postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MigratedDatabase]:
    with migrated_database(postgresql.create_database(), tmp_path_factory.mktemp("migrated")) as database:
        yield database


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """A migrated database without a row, of each kind in turn. None: it is the file in the data folder."""
    if request.param == POSTGRESQL:
        database: MigratedDatabase = request.getfixturevalue("migrated_on_postgresql")
        database.renew()
        return database.url
    if request.param in {NEW_POSTGRESQL, EMPTY_POSTGRESQL}:
        url: str = request.getfixturevalue("postgresql").create_database()
        if request.param == NEW_POSTGRESQL:
            migrate(Settings(data_dir=tmp_path, database_url=url))
        return url
    if request.param == SQLITE:
        request.getfixturevalue("migrated_file").copy_to(tmp_path)
    return None


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, database_url: str | None) -> Settings:
    """Those of a collector that nobody has configured; a test changes some by `parametrize(…, indirect=True)`."""
    return Settings(data_dir=tmp_path, database_url=database_url, **getattr(request, "param", {}))


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    # Of routes as they are, before a test puts another in the place of one.
    specification_of(app)
    yield app
    end_watcher(app.extensions["parking"])
    close_database()


def end_watcher(parking: Parking) -> None:
    """It has a connection of its own, which it gives back last."""
    parking.end()
    parking.notify()
    watcher = parking._watcher
    if watcher is not None:
        watcher.join()


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
def admin(app: Flask, clock: Clock) -> Caller:
    return Caller(app.test_client(), tokens.create_token(Kind.ADMIN, None, False, clock()))


@pytest.fixture
def make_caller(app: Flask):
    def make(token: str | None) -> Caller:
        return Caller(app.test_client(), token)

    return make


def open_page(app: Flask, **credential: str) -> Page:
    page = Page(app.test_client(), None)
    if credential:
        assert page.sign_in(**credential).status_code == 200
    return page


@pytest.fixture
def make_page(app: Flask):
    """Open a page in a browser of its own; with a token or a code it is signed in."""
    return partial(open_page, app)


@pytest.fixture
def visitor(make_page) -> Page:
    """The page of somebody who has not signed in."""
    return make_page()


@pytest.fixture
def make_token(app: Flask, clock: Clock):
    def make(kind: Kind = Kind.VIEWER, read_only: bool = False) -> str:
        host = "mac-mini" if kind is Kind.AGENT else None
        return tokens.create_token(kind, host, read_only, clock())

    return make


@pytest.fixture
def make_code(app: Flask, clock: Clock):
    def make(kind: Kind = Kind.ADMIN) -> str:
        return sessions.create_code(kind, clock())

    return make


@pytest.fixture
def parking(app: Flask) -> Parking:
    return app.extensions["parking"]


@pytest.fixture
def wait_until_parked(parking: Parking, monkeypatch: pytest.MonkeyPatch):
    """Wait until so many requests are parked."""
    one_more, add = Condition(), parking._add

    def announce(seat: Seat, news: News) -> bool:
        with one_more:
            one_more.notify_all()
            return add(seat, news)

    def wait(number: int) -> None:
        with one_more:
            assert one_more.wait_for(lambda: parking.count >= number, 10)

    monkeypatch.setattr(parking, "_add", announce)
    return wait


@pytest.fixture
def anonymous(app: Flask) -> Caller:
    return Caller(app.test_client(), None)
