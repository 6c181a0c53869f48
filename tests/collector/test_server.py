"""How the collector listens."""

import resource
import socket
import time
from contextlib import ExitStack

import pytest
import requests
from programs import serve_collector

from collector import server
from collector.server import Address


def test_no_answer_waits_for_the_caller_to_confirm_its_head():
    with server.listen(Address("127.0.0.1", 0)) as listener:
        caller = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()

        with caller, connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("allowed", "most", "raised_to"),
    [
        (1024, resource.RLIM_INFINITY, (4096, resource.RLIM_INFINITY)),
        (1024, 524_288, (4096, 524_288)),
        (256, 2048, (2048, 2048)),
        (20_000, 20_000, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
    ],
)
def test_as_many_open_files_are_allowed_as_callers_may_need(monkeypatch, allowed, most, raised_to):
    limits = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, most))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limit: limits.append(limit))

    server.allow_open_files(4096)

    assert limits == ([] if raised_to is None else [raised_to])


def test_callers_that_do_not_hang_up_keep_nobody_waiting(tmp_path):
    with serve_collector(tmp_path) as collector, ExitStack() as callers:
        port = int(collector.url.rpartition(":")[2])
        started = time.monotonic()

        for _ in range(8):
            caller = callers.enter_context(socket.create_connection(("127.0.0.1", port)))
            caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert caller.recv(12) == b"HTTP/1.1 200"

        assert requests.get(collector.url + "/healthz", timeout=30).json() == {"ok": True}
        # Two seconds for each, if they kept the others waiting.
        assert time.monotonic() - started < 12
