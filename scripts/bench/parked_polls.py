#!/usr/bin/env python3
"""What parked agents cost everybody else: /healthz and single snapshots beside 0, 200, 1,000 and 1,300 long polls.

A real `collector serve` on loopback, started anew for each measurement; the numbers of polls take turns in every
round. 1,300 are more than may be parked: those turned away obey Retry-After. Takes about five minutes.
"""

import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from figures import ratios, spread
from verdict import finish, say

from collector import database, migrations
from collector.database import write_transaction
from collector.models import Token
from collector.parking import MAX_PARKED
from collector.queries import hosts, tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

NUMBERS = (0, 200, 1_000, 1_300)
ROUNDS = 5
REQUESTS = 500
EPOCH = os.urandom(16).hex()
MOST_RATIO = {"healthz_p99": 1.5, "ingest_p99": 1.5}
MOST_ADDED_MIB = 50


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        keys = make_tokens(data_dir)
        found: dict[int, list[dict[str, float]]] = {number: [] for number in NUMBERS}
        for turn in range(ROUNDS):
            for number in NUMBERS[turn % len(NUMBERS) :] + NUMBERS[: turn % len(NUMBERS)]:
                found[number].append(measure(data_dir, keys, number))
                say(f"round {turn + 1}/{ROUNDS}, {number} polls: {found[number][-1]}")
    finish(judge(found))


def make_tokens(data_dir: Path) -> list[str]:
    """A host with a token for every poll, and first one that pushes."""
    settings = Settings(data_dir=data_dir)
    database.open_database(settings)
    migrations.migrate(settings)
    now = datetime.now(UTC)
    texts = []
    with write_transaction():
        for number in range(max(NUMBERS) + 1):
            token_id, secret = os.urandom(6).hex(), os.urandom(32).hex()
            texts.append(f"csfa_{token_id}_{secret}")
            host_id = hosts.find_or_create_id(f"host-{number}", now)
            digest = tokens.digest_of(texts[-1])
            Token.create(id=token_id, kind=Kind.AGENT, host=host_id, read_only=False, digest=digest, created_at=now)
    database.close_database()
    return texts


@contextmanager
def serving(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    program = Path(sys.executable).parent / "collector"
    environment = {**os.environ, "COLLECTOR_DATA_DIR": str(data_dir), "COLLECTOR_LOG_LEVEL": "ERROR"}
    command = [program, "serve", "--bind", "127.0.0.1:0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().rpartition(":")[2])
        try:
            yield server, port
        finally:
            server.terminate()


def measure(data_dir: Path, keys: list[str], number: int) -> dict[str, float]:
    with serving(data_dir) as (server, port):
        caller = HTTPConnection("127.0.0.1", port, timeout=30)
        warm_up(caller, keys[0])
        before = rss_mib(server.pid)
        polls = Polls(port, keys[1 : number + 1])
        polls.start()
        wait_until_parked(server.pid, polls, number)
        caller.close()  # kept open for 2 s only; it connects again by itself
        times = {
            "healthz": milliseconds(lambda _: call(caller, "GET", "/healthz")),
            "ingest": milliseconds(lambda _: push(caller, keys[0])),
        }
        found = {f"{name}_{key}": value for name, each in times.items() for key, value in percentiles(each).items()}
        found |= {"added_mib": rss_mib(server.pid) - before, "turned_away": polls.turned_away}
        caller.close()
        started = time.monotonic()
        polls.is_stopping = True
        server.terminate()
        server.wait(timeout=30)
        polls.join()
        return {**found, "exit_s": time.monotonic() - started, "unanswered": polls.unanswered}


def warm_up(caller: HTTPConnection, key: str) -> None:
    call(caller, "POST", "/registry", {"accounts": [{"account_label": "acc1"}]}, key)
    for _ in range(50):
        call(caller, "GET", "/healthz")
        push(caller, key)


def wait_until_parked(master: int, polls: "Polls", number: int) -> None:
    """Each poll that is parked keeps a thread; the others have their answer."""
    ends_at = time.monotonic() + 60
    parked = min(number, MAX_PARKED)
    while worker_status(master, "Threads") < parked or polls.turned_away < number - parked:
        assert time.monotonic() < ends_at, "the polls are not taken"
        time.sleep(0.1)
    time.sleep(1)


def milliseconds(ask: Any) -> list[float]:
    times = []
    for turn in range(REQUESTS):
        started = time.perf_counter()
        ask(turn)
        times.append((time.perf_counter() - started) * 1000)
    return times


def percentiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {"p50": statistics.median(ordered), "p99": ordered[int(len(ordered) * 0.99)]}


def push(caller: HTTPConnection, key: str) -> None:
    """One snapshot of about 1.25 KB."""
    now = datetime.now(UTC).isoformat()
    window = {"usedPercent": 42, "leftPercent": 58, "windowDurationMins": 300}
    item = {
        "seq": time.time_ns() // 1000,
        "account_label": "acc1",
        "observed_at": now,
        "raw": {"rateLimits": {"filler": "x" * 800}},
        "parsed": {"normalized": {"provider": "codex", "windows": {"5h": window}}},
    }
    answer = call(caller, "POST", "/snapshots", {"epoch": EPOCH, "sent_at": now, "items": [item]}, key)
    assert answer["results"][0]["status"] == "stored", answer


def call(caller: HTTPConnection, method: str, path: str, body: Any = None, key: str = "") -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"} if key else {}
    caller.request(method, path, None if body is None else json.dumps(body), headers)
    response = caller.getresponse()
    answer = json.loads(response.read())
    assert response.status == 200, answer
    return answer


class Polls(threading.Thread):
    """Agents that poll again as soon as they have an answer, or when they were told to."""

    def __init__(self, port: int, keys: list[str]) -> None:
        super().__init__(daemon=True)
        self._port, self._keys = port, keys
        self._selector = selectors.DefaultSelector()
        self._later: list[tuple[float, str]] = []
        self.turned_away = self.unanswered = 0
        self.is_stopping = False

    def run(self) -> None:
        for key in self._keys:
            self._ask(key)
        while self._selector.get_map() or (self._later and not self.is_stopping):
            for ready, _ in self._selector.select(timeout=0.2):
                self._take(ready.fileobj, ready.data)
            due = [key for at, key in self._later if at <= time.monotonic() and not self.is_stopping]
            self._later = [(at, key) for at, key in self._later if key not in due]
            for key in due:
                self._ask(key)

    def _ask(self, key: str) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        head = f"GET /refresh/queue?after=0&wait=30 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        self._selector.register(connection, selectors.EVENT_READ, key)

    def _take(self, connection: Any, key: str) -> None:
        self._selector.unregister(connection)
        with connection:
            try:
                answer = connection.recv(65_536)
            except OSError:
                answer = b""
        self.unanswered += not answer.startswith(b"HTTP/1.1 200")
        is_turned_away = b"\r\nRetry-After: 15" in answer
        self.turned_away += is_turned_away
        if not self.is_stopping:
            self._later.append((time.monotonic() + (15 if is_turned_away else 0), key))


def rss_mib(master: int) -> float:
    """What the worker has in memory."""
    return worker_status(master, "VmRSS") / 1024


def worker_status(master: int, name: str) -> int:
    [worker] = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    [line] = [line for line in Path(f"/proc/{worker}/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1])


def judge(found: dict[int, list[dict[str, float]]]) -> dict[str, Any]:
    found_ratios = {name: spread(_beside_to_alone(found, name)) for name in MOST_RATIO}
    added = statistics.median(each["added_mib"] for each in found[1_000])
    is_ok = added <= MOST_ADDED_MIB and all(found_ratios[name]["median"] <= most for name, most in MOST_RATIO.items())
    medians = {
        str(number): {name: round(statistics.median(each[name] for each in rounds), 2) for name in rounds[0]}
        for number, rounds in found.items()
    }
    return {
        "bench": "parked polls",
        "rounds": ROUNDS,
        "beside_1000_to_alone": found_ratios,
        "medians": medians,
        "ok": is_ok,
    }


def _beside_to_alone(found: dict[int, list[dict[str, float]]], name: str) -> list[float]:
    return ratios([each[name] for each in found[1_000]], [each[name] for each in found[0]])


if __name__ == "__main__":
    main()
