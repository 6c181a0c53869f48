#!/usr/bin/env python3
"""A collector is told to stop, again and again, while agents and pages are parked and snapshots are on their way.

Type: .venv/bin/python scripts/faults/sigterm_parked.py
Each time hundreds of polls are parked, some uploads have sent half of their body, and others come as fast as they can.
All that are parked and all that are half way have to be answered, and the process has to be gone in time; whatever was
acknowledged is in the database, once. A 503 asks for a snapshot once more, and is an answer. Needs Linux; takes about
five minutes.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from killed_agent import read_ledger
from processes import children_of
from verdict import finish, say

from collector import database, migrations
from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

MOST_SECONDS = 15
EPOCH = "e" * 32


@dataclass(frozen=True)
class Crowd:
    """Who is there when the collector is told to stop."""

    agents: int
    pages: int
    uploads: int
    pushers: int


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        finish(stop_often(Path(folder), Crowd(agents=500, pages=200, uploads=20, pushers=8), rounds=20))


def stop_often(folder: Path, crowd: Crowd, rounds: int) -> dict[str, Any]:
    collector = Stopped(folder, crowd)
    for number in range(rounds):
        collector.stop_once()
        misses = collector.unanswered_polls + collector.unanswered_uploads
        say(f"{number + 1}/{rounds}: {collector.seconds[-1]:.1f} s, {misses} not answered so far")
    ledger = [seq for _, seq in read_ledger(folder / "collector.sqlite3")]
    verdict = {
        "fault": "SIGTERM with parked polls",
        "stops": rounds,
        "polls_parked": rounds * (crowd.agents + crowd.pages),
        "polls_not_answered": collector.unanswered_polls,
        "uploads_half_way": rounds * crowd.uploads,
        "uploads_not_answered": collector.unanswered_uploads,
        "uploads_put_off": collector.uploads_put_off,
        "acknowledged": len(collector.acknowledged),
        "acknowledged_lost": len(collector.acknowledged - set(ledger)),
        "stored_twice": len(ledger) - len(set(ledger)),
        "most_seconds": round(max(collector.seconds), 1),
    }
    faults = ("polls_not_answered", "uploads_not_answered", "acknowledged_lost", "stored_twice")
    is_good = not any(verdict[name] for name in faults) and verdict["most_seconds"] <= MOST_SECONDS
    return verdict | {"ok": is_good and bool(collector.acknowledged)}


@dataclass
class Stopped:
    """A collector that is started on the same data again and again, with those who call it."""

    folder: Path
    crowd: Crowd
    seconds: list[float] = field(default_factory=list)
    """How long it took to leave, each time."""
    acknowledged: set[int] = field(default_factory=set)
    unanswered_polls: int = 0
    unanswered_uploads: int = 0
    uploads_put_off: int = 0

    def __post_init__(self) -> None:
        self._seqs = count(1)
        database.open_database(settings := Settings(data_dir=self.folder))
        migrations.migrate(settings)
        self._agents = [make_token(Kind.AGENT, f"host-{number}") for number in range(self.crowd.agents)]
        self._pusher, self._page = make_token(Kind.AGENT, "pusher"), make_token(Kind.VIEWER)
        database.close_database()

    def stop_once(self) -> None:
        with ExitStack() as stack:
            child, port = stack.enter_context(serving(self.folder))
            ask(port, "POST", "/registry", self._pusher, {"accounts": [{"account_label": "acc1"}]})
            polls = [stack.enter_context(begun) for begun in self._begin_polls(port)]
            wait_until_parked(child.pid, len(polls))
            is_stopping = threading.Event()
            pushers = [
                threading.Thread(target=self._push_often, args=(port, is_stopping)) for _ in range(self.crowd.pushers)
            ]
            for pusher in pushers:
                pusher.start()
            uploads = [Upload(port, self._pusher, next(self._seqs)) for _ in range(self.crowd.uploads)]
            time.sleep(0.5)
            is_stopping.set()
            started_at = time.monotonic()
            child.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            self._finish(uploads)
            child.wait(timeout=60)
            self.seconds.append(time.monotonic() - started_at)
            for pusher in pushers:
                pusher.join()
            # Only now: callers that take their time must not make the process take it.
            self.unanswered_polls += sum(not is_answered(poll) for poll in polls)

    def _begin_polls(self, port: int) -> Iterator[socket.socket]:
        for token in self._agents:
            yield begin(port, "GET", "/refresh/queue?after=0&wait=30", token)
        # Of a host without accounts: nothing that is pushed is news to these pages.
        revision = ask(port, "GET", "/latest?host=host-0", self._page)["revision"]
        for _ in range(self.crowd.pages):
            yield begin(port, "GET", f"/latest?host=host-0&since={revision}&wait=30", self._page)

    def _push_often(self, port: int, is_stopping: threading.Event) -> None:
        """Until nobody is there any more to take it."""
        while True:
            seq = next(self._seqs)
            try:
                answer = ask(port, "POST", "/snapshots", self._pusher, batch_of(seq))
            except (OSError, HTTPException):
                if is_stopping.is_set():
                    return
                raise
            self._note(seq, answer)

    def _finish(self, uploads: list["Upload"]) -> None:
        for upload in uploads:
            status, answer = upload.finish()
            if status == HTTPStatus.OK:
                self._note(upload.seq, answer)
            elif status == HTTPStatus.SERVICE_UNAVAILABLE:
                self.uploads_put_off += 1
            else:
                self.unanswered_uploads += 1

    def _note(self, seq: int, answer: Any) -> None:
        if answer["results"][0]["status"] == "stored":
            self.acknowledged.add(seq)


class Upload:
    """A snapshot of which half is on its way."""

    def __init__(self, port: int, token: str, seq: int) -> None:
        self.seq = seq
        body = json.dumps(batch_of(seq)).encode()
        self._connection = begin(port, "POST", "/snapshots", token, len(body))
        self._connection.sendall(body[:100])
        self._rest = body[100:]

    def finish(self) -> tuple[int, Any]:
        """Send the rest; as `read_answer`."""
        with self._connection:
            with suppress(OSError):
                self._connection.sendall(self._rest)
            return read_answer(self._connection)


def make_token(kind: Kind, host: str | None = None) -> str:
    return tokens.create_token(kind, host, False, datetime.now(UTC))


@contextmanager
def serving(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    program = Path(sys.executable).parent / "collector"
    environment = {"PATH": os.environ["PATH"], "COLLECTOR_DATA_DIR": str(data_dir), "COLLECTOR_LOG_LEVEL": "ERROR"}
    command = [program, "serve", "--bind", "127.0.0.1:0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield child, int(child.stdout.readline().rpartition(":")[2])
        finally:
            child.kill()


def batch_of(seq: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    normalized = {"provider": "codex", "windows": {"5h": {"usedPercent": seq % 100}}}
    item = {"seq": seq, "account_label": "acc1", "observed_at": now, "raw": {}, "parsed": {"normalized": normalized}}
    return {"epoch": EPOCH, "sent_at": now, "items": [item]}


def ask(port: int, method: str, path: str, token: str, body: Any = None) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content
    return json.loads(content)


def begin(port: int, method: str, path: str, token: str, length: int = 0) -> socket.socket:
    """A request whose body is still to come, or whose answer is."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    body = f"Content-Type: application/json\r\nContent-Length: {length}\r\n" if length else ""
    connection.sendall(f"{head}{body}\r\n".encode())
    return connection


def wait_until_parked(master: int, number: int) -> None:
    """Each poll that is parked keeps a thread."""
    ends_at = time.monotonic() + 120
    while threads_of_worker(master) < number:
        assert time.monotonic() < ends_at, "the polls are not taken"
        time.sleep(0.1)
    time.sleep(1)


def threads_of_worker(master: int) -> int:
    [worker] = children_of(master)
    [line] = [line for line in Path(f"/proc/{worker}/status").read_text().splitlines() if line.startswith("Threads:")]
    return int(line.split()[1])


def is_answered(poll: socket.socket) -> bool:
    """Whole, and as one that has nothing new to tell."""
    status, answer = read_answer(poll)
    return status == HTTPStatus.OK and not answer.get("refreshes") and not answer.get("items")


def read_answer(connection: socket.socket) -> tuple[int, Any]:
    """The status, and what is said; 0 where that is not whole."""
    text = b""
    with suppress(OSError):
        while piece := connection.recv(65_536):
            text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    with suppress(ValueError, IndexError):
        return int(head.split()[1]), json.loads(body)
    return 0, None


if __name__ == "__main__":
    main()
