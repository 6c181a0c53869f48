"""Somebody wants fresh numbers: the wish reaches the parked agent, and its snapshot answers it."""

import time
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import requests
from fakes.chatgpt import Fault, usage
from werkzeug.serving import make_server

from collector import database, migrations
from collector.app import create_app
from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.settings import Settings


@pytest.fixture
def waiting_host(joined_host, upstream):
    """A host whose agent reads on wishes only."""
    joined_host.settings |= {"manual_refresh": True, "poll_interval_sec": 30}
    joined_host.login = upstream.add_account("A1", usage=usage(five_hour=42))
    joined_host.add_account("acc1", joined_host.login)
    return joined_host


@pytest.fixture
def ask(collector):
    """Calls of somebody with an admin token."""
    headers = {"Authorization": f"Bearer {collector.token('--kind', 'admin')}"}

    def call(method: str, path: str, **body: object) -> dict:
        response = requests.request(
            method, collector.url + path, json=body if method == "POST" else None, headers=headers, timeout=60
        )
        response.raise_for_status()
        return response.json()

    return call


def wait_for_account(collector, label: str) -> None:
    deadline = time.monotonic() + 30
    while label not in collector.latest():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_wish_is_answered_by_the_waiting_agent(waiting_host, collector, ask):
    agent = waiting_host.start("run")
    wait_for_account(collector, "acc1")

    answer = ask("POST", "/refresh?wait=30")

    assert [result["status"] for result in answer["results"]] == ["answered"]
    assert answer["summary"]["ok"] == 1
    assert collector.latest()["acc1"]["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 42
    agent.terminate()
    agent.communicate(timeout=20)
    assert agent.returncode == 0


def test_a_failed_probe_answers_a_wish_too(waiting_host, collector, ask):
    (waiting_host.home("acc1") / "auth.json").unlink()
    agent = waiting_host.start("run")
    wait_for_account(collector, "acc1")

    answer = ask("POST", "/refresh?wait=30")

    assert answer["summary"]["login_required"] == 1
    agent.terminate()
    agent.communicate(timeout=20)


def test_an_agent_killed_before_it_answered_answers_at_its_next_start(waiting_host, collector, upstream, ask):
    waiting_host.login.faults["usage"] = Fault(delay_seconds=20, times=1)
    agent = waiting_host.start("run")
    wait_for_account(collector, "acc1")
    refresh_id = ask("POST", "/refresh")["refresh_id"]
    upstream.wait_for("GET /backend-api/wham/usage")
    assert ask("GET", f"/refresh?id={refresh_id}")["results"][0]["status"] == "seen"

    agent.kill()
    agent.communicate()
    again = waiting_host.start("run")

    answer = ask("GET", f"/refresh?id={refresh_id}&wait=30")
    deadline = time.monotonic() + 60
    while answer["results"][0]["status"] != "answered" and time.monotonic() < deadline:
        answer = ask("GET", f"/refresh?id={refresh_id}&wait=30")
    assert answer["results"][0]["status"] == "answered"
    again.terminate()
    again.communicate(timeout=20)


def test_an_agent_that_may_not_park_still_answers(waiting_host, collector, ask):
    waiting_host.settings["refresh_wait_sec"] = 0
    agent = waiting_host.start("run")
    wait_for_account(collector, "acc1")

    answer = ask("POST", "/refresh?wait=30")

    assert [result["status"] for result in answer["results"]] == ["answered"]
    agent.terminate()
    agent.communicate(timeout=20)


@pytest.mark.parametrize("hours", [-1, 1])
def test_with_clocks_an_hour_apart_the_answer_is_right(host, upstream, tmp_path, hours):
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(hours=hours)

    settings = Settings(data_dir=tmp_path / "collector")
    settings.data_dir.mkdir()
    app = create_app(settings, clock)
    migrations.migrate(settings)
    (host.folder / "collector.token").write_text(tokens.create_token(Kind.AGENT, "mac-mini", False, clock()))
    headers = {"Authorization": f"Bearer {tokens.create_token(Kind.ADMIN, None, False, clock())}"}
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever).start()
    url = f"http://127.0.0.1:{server.server_port}"
    host.settings |= {"collector_url": url, "manual_refresh": True}
    host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    agent = host.start("run")
    try:
        while not requests.get(f"{url}/latest", headers=headers, timeout=10).json()["items"]:
            assert agent.poll() is None

        answer = requests.post(f"{url}/refresh?wait=30", headers=headers, timeout=60).json()
        [item] = requests.get(f"{url}/latest", headers=headers, timeout=10).json()["items"]
        [seen] = requests.get(f"{url}/hosts", headers=headers, timeout=10).json()["items"]
    finally:
        agent.terminate()
        agent.communicate(timeout=30)
        # Or the agent's poll would stay parked, and its watcher look at the database of the next test.
        app.extensions["parking"].end()
        server.shutdown()
        server.server_close()
        database.close_database()
    assert [result["status"] for result in answer["results"]] == ["answered"]
    assert item["state"] == "ok"
    assert abs(datetime.fromisoformat(item["observed_at"]) - clock()) < timedelta(minutes=1)
    assert abs(seen["clock_skew_sec"] - hours * 3600) < 60
