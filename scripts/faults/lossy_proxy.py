"""A proxy on loopback, in front of a collector, that is slow and loses some requests, and some answers."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# Of what is posted: never reaches the collector, and as much again is taken in without an answer.
LOST_SHARE = 0.1
MOST_DELAY_SECONDS = 0.15


class LossyProxy(ThreadingHTTPServer):
    """`seen` holds the (epoch, seq) of every snapshot that came by; `sending` is set while one is on its way."""

    daemon_threads = True

    def __init__(self, collector_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.collector = urlsplit(collector_url).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.is_honest = False
        self.lost = 0
        self.seen: set[tuple[str, int]] = set()
        self.sending = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Agents that were killed close their connections; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: LossyProxy
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/snapshots":
            self._pass_on(body)
            return
        document = json.loads(body)
        self.server.seen |= {(document["epoch"], item["seq"]) for item in document["items"]}
        self.server.sending.set()
        try:
            self._pass_on(body)
        finally:
            self.server.sending.clear()

    def _pass_on(self, body: bytes) -> None:
        self._dawdle()
        if self._loses(body):
            return
        connection = http.client.HTTPConnection(self.server.collector, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self._dawdle()
        if not self._loses(body):
            self._answer(answer, content)

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response(answer.status)
        for name in ("Content-Type", "Retry-After"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _loses(self, body: bytes) -> bool:
        """The connection just ends."""
        if not body or self.server.is_honest or random.random() >= LOST_SHARE:
            return False
        self.server.lost += 1
        self.close_connection = True
        return True

    def _dawdle(self) -> None:
        if not self.server.is_honest:
            time.sleep(random.uniform(0, MOST_DELAY_SECONDS))


@contextmanager
def lossy_proxy(collector_url: str) -> Iterator[LossyProxy]:
    with LossyProxy(collector_url) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
