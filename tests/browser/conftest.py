"""The dashboard of a real collector in a real Chromium, with accounts in every state."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from large_fleet import LargeFleet, serve_large_fleet
from playwright.sync_api import Page
from programs import Collector, serve_collector

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.path.insert(0, str(Path(__file__).parent))

import demo
from demo_fleet import ACCOUNTS, HOSTS, PretendAccount

ERRORS = {"acc3": "login_expired", "acc4": "login_required", "acc6": "upstream_error"}


class Fleet:
    """The demo's fleet on a collector of its own, with a snapshot of this moment from the hosts that still work."""

    def __init__(self, collector: Collector, folder: Path) -> None:
        self.collector = collector
        self.url = collector.url
        self._folder = folder
        self._seq = 10**6

    def push(self, pretend: PretendAccount, **changes: Any) -> None:
        """One more snapshot of an account; `changes` replace members of the item."""
        self._seq += 1
        now = datetime.now(UTC)
        item = demo.snapshot_of(pretend, now, self._seq)
        if code := ERRORS.get(pretend.label):
            item |= {"error": {"code": code, "message": "as the test says"}, "raw": None, "parsed": None}
        answer = self.send(pretend.host, "POST", "/snapshots", demo.history_body(pretend.host, [item | changes], now))
        assert answer["results"][0]["status"] == "stored", answer

    def register(self, host: str, leave_out: str | None = None) -> None:
        """The host says again what its accounts are, and so is heard of."""
        body = demo.registry(host)
        body["accounts"] = [entry for entry in body["accounts"] if entry["account_label"] != leave_out]
        self.send(host, "POST", "/registry", body)

    def send(self, host: str, method: str, path: str, body: Any = None) -> Any:
        """A request of the host's agent."""
        key = (self._folder / "hosts" / host / "collector.token").read_text()
        headers = {"Authorization": f"Bearer {key}"}
        answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=40)
        answer.raise_for_status()
        return answer.json()

    def push_all(self) -> None:
        for pretend in ACCOUNTS:
            if pretend.host != "old-laptop" and pretend.label not in {"acc7", "claude_main"}:
                self.push(pretend)

    def sign_in(self, page: Page) -> None:
        """As the form does, without opening it."""
        token = (self._folder / "viewer.token").read_text()
        answer = page.context.request.post(f"{self.url}/session", data={"token": token}, headers={"Origin": self.url})
        assert answer.ok, answer.text()


@pytest.fixture(scope="session")
def week_of_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: every test works on its own copy."""
    folder = tmp_path_factory.mktemp("history")
    demo.make_history(folder)
    collector = Collector("", {"PATH": os.environ["PATH"], "COLLECTOR_DATA_DIR": str(folder / "collector")})
    (folder / "viewer.token").write_text(collector.token("--kind", "viewer"))
    return folder


@contextmanager
def serve_fleet(week_of_history: Path, folder: Path) -> Iterator[Fleet]:
    shutil.copytree(week_of_history, folder, dirs_exist_ok=True)
    with serve_collector(folder / "collector", COLLECTOR_DEMO="1") as collector:
        fleet = Fleet(collector, folder)
        for host, is_silent in HOSTS.items():
            if not is_silent:
                fleet.register(host)
        yield fleet


@pytest.fixture
def rested_fleet(tmp_path: Path, week_of_history: Path) -> Iterator[Fleet]:
    """Nothing has been read for an hour; the hosts that still work have just been heard of."""
    with serve_fleet(week_of_history, tmp_path) as fleet:
        yield fleet


@pytest.fixture
def fleet(rested_fleet: Fleet) -> Fleet:
    """As it stands just after each of those hosts has read its accounts."""
    rested_fleet.push_all()
    return rested_fleet


@pytest.fixture(scope="session")
def _standing_fleet(tmp_path_factory: pytest.TempPathFactory, week_of_history: Path) -> Iterator[Fleet]:
    with serve_fleet(week_of_history, tmp_path_factory.mktemp("standing")) as fleet:
        yield fleet


@pytest.fixture
def standing_fleet(_standing_fleet: Fleet) -> Fleet:
    """As `fleet`, for tests that look, and at most push readings: to start a collector takes longer than they do."""
    _standing_fleet.push_all()
    return _standing_fleet


@pytest.fixture
def admin(page: Page, fleet: Fleet) -> Page:
    """The list, for somebody who has signed in as an admin."""
    page.goto(fleet.collector.run("signin-link", "--url", fleet.url))
    page.get_by_test_id("accounts").wait_for()
    return page


@pytest.fixture(scope="session")
def large_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LargeFleet]:
    """Shared by the tests that only look; a reading more does not disturb them."""
    with serve_large_fleet(tmp_path_factory.mktemp("large")) as fleet:
        yield fleet


@pytest.fixture(autouse=True)
def no_complaints(request: pytest.FixtureRequest) -> Iterator[None]:
    """No script error and no report of the content security policy in any test that opens a page."""
    if "page" not in request.fixturenames:
        yield
        return
    page: Page = request.getfixturevalue("page")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
    yield
    expected = getattr(request.node, "expected_complaint", None)
    assert [line for line in complaints if expected is None or expected not in line] == []


@pytest.fixture
def expect_complaint(request: pytest.FixtureRequest) -> Any:
    """Chromium writes every refused request to the console; a test that provokes one says so."""
    return lambda text: setattr(request.node, "expected_complaint", text)


@pytest.fixture
def signed_in(page: Page, fleet: Fleet) -> Page:
    fleet.sign_in(page)
    page.goto(fleet.url)
    page.get_by_test_id("accounts").wait_for()
    return page
