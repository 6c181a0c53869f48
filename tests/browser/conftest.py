"""The dashboard of a real collector in a real Chromium, with accounts in every state."""

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page
from programs import Collector, serve_collector

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import demo
from demo_fleet import ACCOUNTS, PretendAccount

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
        body = demo.history_body(pretend.host, [item | changes], now)
        key = (self._folder / "hosts" / pretend.host / "collector.token").read_text()
        answer = requests.post(
            f"{self.url}/snapshots", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=10
        )
        assert answer.json()["results"][0]["status"] == "stored", answer.text

    def push_all(self) -> None:
        for pretend in ACCOUNTS:
            if pretend.host != "old-laptop" and pretend.label not in {"acc7", "claude_main"}:
                self.push(pretend)


@pytest.fixture(scope="session")
def week_of_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: every test works on its own copy."""
    folder = tmp_path_factory.mktemp("history")
    demo.make_history(folder)
    return folder


@pytest.fixture
def fleet(tmp_path: Path, week_of_history: Path) -> Iterator[Fleet]:
    shutil.copytree(week_of_history, tmp_path, dirs_exist_ok=True)
    with serve_collector(tmp_path / "collector", COLLECTOR_DEMO="1") as collector:
        fleet = Fleet(collector, tmp_path)
        fleet.push_all()
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
    page.goto(fleet.collector.run("signin-link", "--url", fleet.url))
    page.get_by_test_id("accounts").wait_for()
    return page
