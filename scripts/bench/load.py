"""A load of small requests over kept connections: each sends its next one as soon as it has the answer to the last."""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import NamedTuple

Requests = Iterator[bytes]


class Load(NamedTuple):
    """Of the requests that were answered within the time: their number a second, and their seconds."""

    per_second: float
    p50: float
    p99: float
    refused: int
    """Answers that did not begin with a 2xx."""


@dataclass(eq=False)
class _Caller:
    connection: socket.socket
    requests: Requests
    sent_at: float = 0.0
    answer: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        self.answer.clear()
        self.sent_at = time.perf_counter()
        self.connection.sendall(next(self.requests))

    def is_answered(self) -> bool:
        """Whether what has come is a whole answer; it tells its length."""
        self.answer += self.connection.recv(262_144)
        head, separator, body = self.answer.partition(b"\r\n\r\n")
        if not separator:
            return False
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return len(body) >= int(length.partition(b":")[2])


def run_load(port: int, streams: Sequence[Callable[[], Requests]], seconds: float) -> Load:
    """Each stream on a connection of its own; from a process of its own, so that no caller holds up the script."""
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_call, args=(theirs, port, streams, seconds))
    process.start()
    theirs.close()
    times, refused, took = ours.recv()
    process.join()
    ordered = sorted(times)
    return Load(len(ordered) / took, ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], refused)


def _call(told: Connection, port: int, streams: Sequence[Callable[[], Requests]], seconds: float) -> None:
    selector, times, refused = selectors.DefaultSelector(), [], 0
    for stream in streams:
        caller = _Caller(socket.create_connection(("127.0.0.1", port), timeout=30), stream())
        caller.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(caller.connection, selectors.EVENT_READ, caller)
        caller.send()
    started_at = time.perf_counter()
    while (now := time.perf_counter()) < started_at + seconds:
        for key, _ in selector.select(timeout=0.1):
            if key.data.is_answered():
                times.append(time.perf_counter() - key.data.sent_at)
                refused += not key.data.answer.startswith(b"HTTP/1.1 2")
                key.data.send()
    told.send((times, refused, now - started_at))


def post(path: str, token: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
