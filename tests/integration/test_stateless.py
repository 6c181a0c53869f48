"""Processes of the collector on one database: what one of them was told the others know, also after it was killed."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from databases import migrate
from processes import processes_with
from programs import Collector, serve_collector

from collector.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Collector]]:
    """A function that starts one more process."""
    where = {}
    if request.param == "postgresql":
        where["DATABASE_URL"] = request.getfixturevalue("postgresql").create_database()
        migrate(Settings(data_dir=tmp_path, database_url=where["DATABASE_URL"]))
    numbers = count()
    with ExitStack() as stack:
        yield lambda: stack.enter_context(serve_collector(tmp_path, NAME=f"{tmp_path}/{next(numbers)}", **where))


def kill(collector: Collector) -> None:
    """At once, with its workers."""
    for process, name in processes_with("NAME").items():
        if name == collector.environment["NAME"]:
            os.kill(process.pid, signal.SIGKILL)


def ask(collector: Collector, token: str, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    response = requests.request(method, collector.url + path, json=body, headers=headers, timeout=10)
    assert response.ok, response.text
    return response.json() if response.content else None


def answering(cursor: int) -> dict[str, Any]:
    """A batch of one reading."""
    now = datetime.now(UTC).isoformat()
    item = {
        "seq": 1,
        "account_label": "acc1",
        "observed_at": now,
        "refresh_cursor": cursor,
        "parsed": {"normalized": {"provider": "codex", "windows": {"5h": {"usedPercent": 42}}}},
    }
    return {"epoch": "a" * 32, "sent_at": now, "items": [item]}


def test_a_request_may_go_to_any_process_whatever_happened_to_the_others(start):
    one, other = start(), start()
    agent, admin = one.token("--kind", "agent", "--host", "mac-mini"), one.token("--kind", "admin")

    ask(one, agent, "POST", "/registry", {"accounts": [{"account_label": "acc1"}]})
    refresh_id = ask(other, admin, "POST", "/refresh", {"host": "mac-mini"})["refresh_id"]
    [wish] = ask(one, agent, "GET", "/refresh/queue")["refreshes"]
    batch = answering(wish["cursor"])
    stored = ask(other, agent, "POST", "/snapshots", batch)
    kill(other)
    another = start()
    again = ask(another, agent, "POST", "/snapshots", batch)

    assert [answer["results"][0]["status"] for answer in (stored, again)] == ["stored", "duplicate"]
    assert ask(one, admin, "GET", f"/refresh?id={refresh_id}")["summary"]["ok"] == 1
    assert ask(another, admin, "GET", f"/refresh?id={refresh_id}")["summary"]["ok"] == 1
    latest = [ask(process, admin, "GET", "/latest") for process in (one, another)]
    assert latest[0] == latest[1]
    assert latest[0]["items"][0]["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 42
    for process in (one, another):
        text = requests.get(f"{process.url}/metrics", headers={"Authorization": f"Bearer {admin}"}, timeout=10).text
        assert 'fleet_snapshots_total{host="mac-mini",result="stored"} 1.0' in text
        assert 'fleet_snapshots_total{host="mac-mini",result="duplicate"} 1.0' in text


def test_a_session_and_its_end_count_in_every_process(start):
    one, other = start(), start()
    admin = one.token("--kind", "admin")
    own_page = {"Sec-Fetch-Site": "same-origin"}

    signed_in = requests.post(f"{one.url}/session", json={"token": admin}, headers=own_page, timeout=10)
    [(_, secret)] = signed_in.cookies.items()
    # Over plain http each port has a cookie of its own; behind one address there is one for both.
    cookie = {f"session-{urlsplit(other.url).port}": secret}
    assert requests.get(f"{other.url}/session", cookies=cookie, timeout=10).status_code == 200
    kill(one)
    assert requests.get(f"{other.url}/latest", cookies=cookie, timeout=10).status_code == 200
    assert requests.delete(f"{other.url}/session", cookies=cookie, headers=own_page, timeout=10).status_code == 204

    another = start()
    cookie = {f"session-{urlsplit(another.url).port}": secret}
    assert requests.get(f"{another.url}/session", cookies=cookie, timeout=10).status_code == 401
