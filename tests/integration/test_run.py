"""`hostagent run` with the real codex and a real collector."""

import json
import os
import time
from collections.abc import Callable

import pytest
from fakes.chatgpt import usage

from hostagent.spool import Spool


def wait_until(is_true: Callable[[], bool], timeout_seconds: float = 30) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not is_true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.2)


def five_hour(collector, label: str) -> int | None:
    reading = (collector.latest().get(label) or {}).get("parsed") or {}
    return reading.get("normalized", {}).get("windows", {}).get("5h", {}).get("usedPercent")


@pytest.fixture
def quick_host(joined_host):
    joined_host.settings["poll_interval_sec"] = 30
    return joined_host


def test_the_first_round_comes_at_once_and_a_stop_is_clean(quick_host, collector, upstream):
    quick_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    agent = quick_host.start("run")
    wait_until(lambda: five_hour(collector, "acc1") == 42)

    agent.terminate()

    _, stderr = agent.communicate(timeout=20)
    assert agent.returncode == 0
    assert "acc1: 5h 58 % left, weekly 93 % left" in stderr
    assert stderr.strip().endswith("stopped")


def test_a_collector_that_comes_later_gets_everything(quick_host, collector, upstream):
    quick_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    url = quick_host.settings["collector_url"]
    quick_host.settings["collector_url"] = "http://127.0.0.1:9"
    agent = quick_host.start("run")
    spool = quick_host.folder / "data/hostagent/spool"
    wait_until(lambda: spool.exists() and any(spool.iterdir()))
    agent.terminate()
    _, stderr = agent.communicate(timeout=20)
    assert "http://127.0.0.1:9 is away: Connection refused; batches that wait: " in stderr

    quick_host.settings["collector_url"] = url
    again = quick_host.start("run")
    wait_until(lambda: five_hour(collector, "acc1") == 42 and not any(spool.iterdir()))

    again.terminate()
    again.communicate(timeout=20)
    assert again.returncode == 0


def test_a_stop_during_a_token_refresh_waits_for_it(quick_host, collector, upstream):
    login = upstream.add_account("A1")
    home = quick_host.add_account("acc1", login)
    upstream.seed_home(login, home, expires_in_seconds=-60)
    login.refresh_reply_delay_seconds = 8
    before = (home / "auth.json").read_text()
    agent = quick_host.start("run")
    upstream.wait_for("POST /oauth/token")

    agent.terminate()

    _, stderr = agent.communicate(timeout=60)
    assert agent.returncode == os.EX_OK
    assert "waiting for codex to finish" in stderr
    fresh = json.loads((home / "auth.json").read_text())["tokens"]["refresh_token"]
    assert fresh != json.loads(before)["tokens"]["refresh_token"]
    assert quick_host.run("probe", "acc1").returncode == 0
    assert login.reused_refresh_tokens == 0


def test_a_second_run_on_one_state_folder_gives_way_but_a_push_does_not(quick_host, collector, upstream):
    login = upstream.add_account("A1", usage=usage(five_hour=42))
    quick_host.add_account("acc1", login)
    agent = quick_host.start("run")
    wait_until(lambda: five_hour(collector, "acc1") == 42)
    login.usage = usage(five_hour=43)

    second, push = quick_host.run("run"), quick_host.run("push")

    assert (second.returncode, push.returncode) == (78, 0)
    assert "another `hostagent run` works in this folder" in second.stderr
    assert five_hour(collector, "acc1") == 43
    agent.terminate()
    agent.communicate(timeout=20)


def test_accounts_that_are_read_by_hand_are_not_read_by_the_timer(quick_host, collector, upstream):
    quick_host.settings["manual_refresh"] = True
    quick_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    agent = quick_host.start("run")
    wait_until(lambda: "acc1" in collector.latest())

    quick_host.run("push")

    assert five_hour(collector, "acc1") == 42
    assert len(upstream.seen("/wham/usage")) == 1
    agent.terminate()
    agent.communicate(timeout=20)
    assert agent.returncode == 0


def test_a_dead_login_does_not_cost_a_token_request_each_round(quick_host, collector, upstream):
    login = upstream.add_account("A1")
    home = quick_host.add_account("acc1", login)
    upstream.seed_home(login, home, expires_in_seconds=-60)
    login.refresh_mode = "expired"
    agent = quick_host.start("run")
    wait_until(lambda: (collector.latest().get("acc1") or {}).get("error") is not None)
    asked = login.refresh_requests
    agent.terminate()
    agent.communicate(timeout=20)

    quick_host.add_account("acc2", upstream.add_account("A2"))
    again = quick_host.start("run")
    wait_until(lambda: collector.latest().get("acc2", {}).get("state") == "ok")
    assert login.refresh_requests == asked
    upstream.seed_home(login, home)

    # At once, not at the next round; but two probes of an account are 30 seconds apart.
    wait_until(lambda: collector.latest()["acc1"]["state"] == "ok", timeout_seconds=45)
    again.terminate()
    again.communicate(timeout=20)


def test_a_changed_accounts_file_is_read_by_the_running_agent(quick_host, collector, upstream):
    quick_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    agent = quick_host.start("run")
    wait_until(lambda: five_hour(collector, "acc1") == 42)

    (quick_host.folder / "accounts.json").write_text("{")
    quick_host.add_account("acc2", upstream.add_account("A2", usage=usage(five_hour=7)))
    assert agent.stderr is not None
    while "going on with those from before" not in agent.stderr.readline():
        assert agent.poll() is None
    assert list(collector.latest()) == ["acc1"], "half a file is never registered"
    quick_host.write_files()

    wait_until(lambda: five_hour(collector, "acc2") == 7, timeout_seconds=60)
    agent.terminate()
    agent.communicate(timeout=60)
    assert agent.returncode == 0


def test_one_round_for_a_timer_reads_delivers_and_ends(quick_host, collector, upstream):
    quick_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    dead = upstream.add_account("A2")
    home = quick_host.add_account("acc2", dead)
    upstream.seed_home(dead, home, expires_in_seconds=-60)
    dead.refresh_mode = "expired"

    first, second = quick_host.run("run", "--once"), quick_host.run("run", "--once")

    assert (first.returncode, second.returncode) == (0, 0)
    assert five_hour(collector, "acc1") == 42
    assert len(upstream.seen("/wham/usage")) == 3, "the dead login is not asked a second time"


def test_one_round_without_a_collector_keeps_what_it_saw(quick_host, collector, upstream):
    quick_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    url, quick_host.settings["collector_url"] = quick_host.settings["collector_url"], "http://127.0.0.1:9"

    away = quick_host.run("run", "--once")

    assert away.returncode == 69
    quick_host.settings["collector_url"] = url
    assert quick_host.run("run", "--once").returncode == 0
    assert sum(event["count"] for event in collector.get("/events/acc1")["items"]) == 2


def test_one_round_tells_by_its_status_that_a_snapshot_was_refused_for_good(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    Spool(joined_host.folder / "data/hostagent").add([{"account_label": "acc1", "observed_at": "yesterday"}])

    done = joined_host.run("run", "--once")

    assert done.returncode == 65
    assert "acc1: the collector refused it (invalid_request)" in done.stderr
    assert collector.latest()["acc1"]["state"] == "ok"
