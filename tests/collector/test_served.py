"""Collectors as they are served: two processes that share a database, and one that is told to stop."""

import os
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any

import pytest
import requests
from background import ANSWERS_WITHIN_SECONDS, in_background
from databases import NEW_POSTGRESQL, SQLITE, migrate
from processes import children_of
from programs import Collector, serve_collector

from collector.settings import Settings

ACC1 = {"host": "mac-mini", "account_label": "acc1"}
# What is promised, and as much again for a machine that does other things.
ACROSS_PROCESSES_SECONDS = 0.3 + 0.3


@dataclass
class Caller:
    """Somebody with a token, who may ask any of the processes."""

    token: str
    seqs = count(1)

    def ask(self, method: str, url: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, url, json=body, headers=headers, timeout=60)

    def get(self, url: str) -> dict[str, Any]:
        response = self.ask("GET", url)
        response.raise_for_status()
        return response.json()

    def register(self, collector: Collector, *labels: str, interval: int = 300) -> requests.Response:
        accounts = [{"account_label": label} for label in labels]
        body = {"accounts": accounts, "agent": {"poll_interval_sec": interval}}
        return self.ask("POST", f"{collector.url}/registry", body)

    def push(self, collector: Collector, label: str = "acc1") -> requests.Response:
        failure = {"code": "timeout", "message": "No answer within 60 s."}
        now = datetime.now(UTC).isoformat()
        item = {"seq": next(self.seqs), "account_label": label, "observed_at": now, "error": failure}
        return self.ask("POST", f"{collector.url}/snapshots", {"epoch": "0" * 32, "sent_at": now, "items": [item]})


@dataclass
class Pair:
    first: Collector
    second: Collector
    agent: Caller
    viewer: Caller


@pytest.fixture(scope="module", params=[SQLITE, NEW_POSTGRESQL])
def pair(request, tmp_path_factory):
    """Two processes with one database, an agent with an account, and a viewer."""
    folder = tmp_path_factory.mktemp("pair")
    data_dirs, settings = [folder / "data", folder / "data"], {}
    if request.param == NEW_POSTGRESQL:
        url = request.getfixturevalue("postgresql").create_database()
        migrate(Settings(data_dir=folder, database_url=url))
        data_dirs, settings = [folder / "one", folder / "other"], {"DATABASE_URL": url}
    with serve_collector(data_dirs[0], **settings) as first, serve_collector(data_dirs[1], **settings) as second:
        agent = Caller(first.token("--kind", "agent", "--host", "mac-mini"))
        agent.register(first, "acc1").raise_for_status()
        yield Pair(first, second, agent, Caller(second.token("--kind", "viewer")))


@contextmanager
def parked_poll(collector: Collector, agent: Caller, cursor: int = 0):
    """A poll that is parked: it has just ended another one of its token. Answers with the time they came."""

    def poll():
        return agent.get(f"{collector.url}/refresh/queue?after={cursor}&wait=30"), time.monotonic()

    with in_background(poll, poll) as polls:
        _, [waiting] = wait(polls, ANSWERS_WITHIN_SECONDS, FIRST_COMPLETED)
        yield waiting


def test_what_is_pushed_to_one_is_seen_at_the_other(pair):
    pair.agent.register(pair.second, "acc1", "acc2").raise_for_status()
    pair.agent.push(pair.first, "acc2").raise_for_status()

    assert pair.viewer.get(f"{pair.second.url}/latest/acc2")["error"]["code"] == "timeout"
    assert pair.viewer.get(f"{pair.first.url}/latest") == pair.viewer.get(f"{pair.second.url}/latest")


def test_a_wish_reaches_the_agent_that_is_parked_at_another_process(pair):
    delays, cursor = [], 0
    for _ in range(5):
        with parked_poll(pair.second, pair.agent, cursor) as waiting:
            pair.viewer.ask("POST", f"{pair.first.url}/refresh", {"accounts": [ACC1]}).raise_for_status()
            wished_at = time.monotonic()
            answer, answered_at = waiting.result(ANSWERS_WITHIN_SECONDS)
        assert answer["refreshes"] == [{"account_label": "acc1", "cursor": answer["cursor"]}]
        assert answer["cursor"] > cursor
        cursor = answer["cursor"]
        delays.append(answered_at - wished_at)

    assert median(delays) < ACROSS_PROCESSES_SECONDS


def test_a_reader_that_is_parked_at_one_is_woken_by_a_push_to_the_other(pair):
    delays, revision = [], pair.viewer.get(f"{pair.second.url}/latest")["revision"]

    def follow():
        return pair.viewer.get(f"{pair.second.url}/latest?since={revision}&wait=30"), time.monotonic()

    for _ in range(5):
        with in_background(follow) as [waiting]:
            pair.viewer.get(f"{pair.second.url}/latest")
            pair.agent.push(pair.first).raise_for_status()
            pushed_at = time.monotonic()
            answer, answered_at = waiting.result(ANSWERS_WITHIN_SECONDS)
        assert [item["account_label"] for item in answer["items"]] == ["acc1"]
        revision = answer["revision"]
        delays.append(answered_at - pushed_at)

    assert median(delays) < ACROSS_PROCESSES_SECONDS


def test_a_token_revoked_at_one_is_refused_at_the_other(pair):
    admin = Caller(pair.first.token("--kind", "admin"))
    short_lived = Caller(pair.first.token("--kind", "viewer"))
    short_lived.get(f"{pair.second.url}/latest")

    admin.ask("DELETE", f"{pair.first.url}/tokens/{short_lived.token.split('_')[1]}").raise_for_status()

    assert short_lived.ask("GET", f"{pair.second.url}/latest").status_code == 401


def test_writers_of_both_wait_for_each_other_and_never_for_ever(pair):
    def write(collector: Collector) -> list[int]:
        calls = []
        for number in range(10):
            calls.append(pair.agent.register(collector, "acc1", f"new{number}", interval=60 + number))
            calls.append(pair.agent.push(collector))
            calls.append(pair.viewer.ask("POST", f"{collector.url}/refresh", {}))
        return [call.status_code for call in calls]

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(write, [pair.first, pair.second] * 2)

    assert {status for answer in answers for status in answer} == {200, 202}


def test_sigterm_answers_who_is_parked_and_ends_soon(tmp_path):
    with ExitStack() as running:
        collector = running.enter_context(serve_collector(tmp_path / "data"))
        agent = Caller(collector.token("--kind", "agent", "--host", "mac-mini"))
        with parked_poll(collector, agent) as waiting:
            started = time.monotonic()
            running.close()
            answer, _ = waiting.result(ANSWERS_WITHIN_SECONDS)

    assert answer == {"refreshes": [], "cursor": 0}
    assert time.monotonic() - started < 15


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux alone can say where a process is to run")
def test_who_serves_stays_on_one_processor(tmp_path):
    with serve_collector(tmp_path / "data") as collector:
        assert requests.get(f"{collector.url}/healthz", timeout=60).ok
        (worker,) = children_of(collector.group)

        assert len(os.sched_getaffinity(worker)) == 1
