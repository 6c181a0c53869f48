"""What stands between a host and its collector, on loopback: it passes on, answers in its place, or is unplugged."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Passed:
    """One request as it came by."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What a captive portal or a proxy of its own mind says."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Proxy:
    """`with Proxy(collector.url) as proxy:` plugged in at first; its `url` stays the same whatever is done to it."""

    def __init__(self, target_url: str) -> None:
        self.target = urlsplit(target_url).netloc
        self.passed: list[Passed] = []
        self.answer: Answer | None = None
        self._server: _Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @contextmanager
    def passing_on(self) -> Iterator[str]:
        """Around each request that is passed on: where to."""
        yield self.target

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def plug_in(self) -> None:
        if self._server is None:
            self._server = _Server(self._port, self)
            self._port = self._server.server_address[1]
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def unplug(self) -> None:
        """Connections are refused from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    # The agent's wishes may be parked behind one of the threads.
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.proxy = proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody did not wait for the answer, or the collector has ended."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.proxy.passed.append(Passed(self.command, self.path, dict(self.headers), body))
        self._send(self.server.proxy.answer or self._ask(body))

    do_POST = do_GET  # noqa: N815 - the names are http.server's

    def _ask(self, body: bytes) -> Answer:
        with self.server.proxy.passing_on() as target:
            connection = http.client.HTTPConnection(target, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
        names = ("Content-Type", "Retry-After")
        return Answer(answer.status, content, {name: answer.headers[name] for name in names if name in answer.headers})

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in (dict(answer.headers) | {"Content-Length": str(len(answer.body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """`Proxy.passed` is the log."""
