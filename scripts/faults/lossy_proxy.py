"""A proxy on loopback, in front of a collector, that is slow and loses some requests, and some answers."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Losses:
    """Of what is posted: the share that never reaches the collector, and the share that is taken in without an answer.

    `delay_seconds`: each way takes up to so long.
    """

    requests: float = 0.1
    answers: float = 0.1
    delay_seconds: float = 0.15


class LossyProxy(ThreadingHTTPServer):
    """`seen` holds the (epoch, seq) of every snapshot that came by; `sending` is set while one is on its way."""

    daemon_threads = True

    def __init__(self, collector_url: str, losses: Losses) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lead_to(collector_url)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.losses = losses
        self.is_honest = False
        self.lost_requests = self.answers = self.lost_answers = 0
        self.seen: set[tuple[str, int]] = set()
        self.sending = threading.Event()

    @property
    def lost(self) -> int:
        return self.lost_requests + self.lost_answers

    def lead_to(self, collector_url: str) -> None:
        self.collector = urlsplit(collector_url).netloc

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
        if self._loses(body, self.server.losses.requests):
            self.server.lost_requests += 1
            return
        connection = http.client.HTTPConnection(self.server.collector, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.server.answers += 1
        self._dawdle()
        if self._loses(body, self.server.losses.answers):
            self.server.lost_answers += 1
        else:
            self._answer(answer, content)

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response(answer.status)
        for name in ("Content-Type", "Retry-After"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _loses(self, body: bytes, share: float) -> bool:
        """The connection just ends."""
        if not body or self.server.is_honest or random.random() >= share:
            return False
        self.close_connection = True
        return True

    def _dawdle(self) -> None:
        if not self.server.is_honest:
            time.sleep(random.uniform(0, self.server.losses.delay_seconds))


@contextmanager
def lossy_proxy(collector_url: str, losses: Losses = Losses()) -> Iterator[LossyProxy]:
    with LossyProxy(collector_url, losses) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
