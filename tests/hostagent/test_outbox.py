"""What happens to snapshots between a probe and the collector. Loopback HTTP; the outbox's own thread."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from disks import filled
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from hostagent.config import Config, read_config
from hostagent.outbox import Outbox
from hostagent.snapshot import Snapshot
from hostagent.spool import Spool


class FakeCollector:
    """Takes everything, and remembers labels in the order in which they came and what was dropped."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.changed = threading.Condition()
        self.labels: list[str] = []
        self.sizes: list[int] = []
        """Of the batches."""
        self.dropped = 0
        httpserver.expect_request("/registry").respond_with_json({"ok": True})
        httpserver.expect_request("/snapshots").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        body = json.loads(request.data)
        with self.changed:
            self.labels += [item["account_label"] for item in body["items"]]
            self.sizes.append(len(body["items"]))
            self.dropped += body["dropped"]
            self.changed.notify_all()
        results = [{"seq": item["seq"], "status": "stored", "code": None} for item in body["items"]]
        return Response(json.dumps({"ok": True, "results": results}), content_type="application/json")

    def wait_for(self, is_there: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(is_there, timeout=20), self.labels


@pytest.fixture
def fake_collector(httpserver: HTTPServer) -> FakeCollector:
    return FakeCollector(httpserver)


@pytest.fixture
def config(tmp_path: Path, disk: Path, httpserver: HTTPServer) -> Config:
    settings = {"collector_url": httpserver.url_for(""), "host": "h", "state_dir": str(disk)}
    (tmp_path / "accounts.json").write_text('{"accounts": []}')
    (tmp_path / "collector.token").write_text("csfa_0123456789ab_secret")
    (tmp_path / "hostagent.yaml").write_text(json.dumps(settings))
    return read_config(tmp_path / "hostagent.yaml")[0]


@contextmanager
def working(config: Config) -> Iterator[Outbox]:
    outbox = Outbox(config, dict)
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.close()


def snapshot(label: str) -> Snapshot:
    """One that does not wait for others."""
    return Snapshot(label, datetime.now(UTC), {"normalized": {}}, refresh_cursor=1)


def wait_until(is_true: Callable[[], bool]) -> None:
    """For what tells nobody when it happens."""
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def quick_retry(monkeypatch):
    monkeypatch.setattr("hostagent.outbox._RETRY_SECONDS", 0.2)


def test_what_is_seen_on_a_full_disk_is_held_and_delivered_once_there_is_room(config, disk, fake_collector, caplog):
    with working(config) as outbox:
        outbox.put(snapshot("before"))
        # Once its file is gone, which would make room.
        wait_until(lambda: fake_collector.labels == ["before"] and not any((disk / "spool").iterdir()))

        with filled(disk), caplog.at_level(logging.WARNING):
            outbox.put(snapshot("during"))
            wait_until(lambda: "spool full: No space left on device" in caplog.text)

        fake_collector.wait_for(lambda: fake_collector.labels == ["before", "during"])
    assert caplog.text.count("spool full") == 1
    assert "the spool takes snapshots again; dropped while it was full: 0" in caplog.text


def test_more_than_can_be_held_is_dropped_and_told(config, disk, fake_collector, caplog, monkeypatch):
    monkeypatch.setattr("hostagent.outbox._MOST_HELD", 3)
    with working(config) as outbox:
        with filled(disk):
            for number in range(10):
                outbox.put(snapshot(str(number)))
            wait_until(lambda: outbox._dropped == 7)

        fake_collector.wait_for(lambda: len(fake_collector.labels) + fake_collector.dropped == 10)

    assert fake_collector.labels == ["7", "8", "9"]
    assert "dropped while it was full: 7" in caplog.text


def test_a_spool_that_fills_its_disk_is_delivered_all_the_same(config, disk, fake_collector):
    Spool(disk).add([{"account_label": "waiting"}])
    with filled(disk), working(config) as outbox:
        outbox.put(snapshot("new"))

        fake_collector.wait_for(lambda: fake_collector.labels[:1] == ["waiting"])


def test_what_can_never_be_kept_is_said_to_be_lost(config, disk, fake_collector, caplog):
    with filled(disk), working(config) as outbox:
        outbox.put(snapshot("a"))

    assert "could not be kept and are lost: 1" in caplog.text


def test_what_answers_no_new_wish_travels_together(config, fake_collector, monkeypatch):
    monkeypatch.setattr("hostagent.outbox._COLLECT_SECONDS", 0.5)
    with working(config) as outbox:
        outbox.put(snapshot("acc1"))
        fake_collector.wait_for(lambda: fake_collector.labels == ["acc1"])

        for _ in range(3):
            outbox.put(snapshot("acc1"))
            time.sleep(0.05)
        fake_collector.wait_for(lambda: len(fake_collector.labels) == 4)

    assert fake_collector.sizes == [1, 3]
