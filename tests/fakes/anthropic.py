"""A Claude API on loopback: `with FakeAnthropic() as api:`. It answers each key as told and remembers no key."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

ORGANIZATION = "6a1b54d5-2a1c-4c5e-9a56-0f1f3b1d8a11"
MODELS = ("claude-opus-5", "claude-haiku-5-5", "claude-haiku-4-5-20251001")
MESSAGE = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "Q"}],
    "stop_reason": "max_tokens",
}

_HOLD_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """What a key gets for a message. `body` is sent as JSON, or as it is when it is bytes."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=lambda: MESSAGE)
    is_held: bool = False
    """No answer until the fake is closed."""


@dataclass(frozen=True)
class SeenRequest:
    """A request without its key."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def model(self) -> Any:
        return self.body["model"]


def error_body(kind: str, message: str = "", **details: str) -> dict[str, Any]:
    """An error in the words of the Claude API."""
    error = {"type": kind, "message": message} | ({"details": details} if details else {})
    return {"type": "error", "error": error, "request_id": "req_fake"}


def limit_headers(name: str, limit: object, remaining: object, reset: str) -> dict[str, str]:
    """The three headers of one window; `name` is like `ratelimit-requests`."""
    values = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"anthropic-{name}-{part}": str(value) for part, value in values.items()}


class FakeAnthropic:
    """Listens from the moment it is made. A key that was never named is refused; an unknown model is not found."""

    def __init__(self) -> None:
        self.models: list[str] = list(MODELS)
        self.models_reply: Reply | None = None
        self.seen: list[SeenRequest] = []
        self.closing = threading.Event()
        self._replies: dict[str, Reply] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, key: str, reply: Reply) -> None:
        """What this key gets from now on, for every model there is."""
        self._replies[key] = reply

    def reply_to(self, key: str, request: SeenRequest) -> Reply:
        reply = self._replies.get(key)
        if reply is None:
            return Reply(401, body=error_body("authentication_error", "invalid x-api-key"))
        if (request.method, request.path) == ("GET", "/v1/models"):
            return self.models_reply or Reply(body={"data": [{"type": "model", "id": name} for name in self.models]})
        if (request.method, request.path) != ("POST", "/v1/messages"):
            return Reply(404, body=error_body("not_found_error", "Not found"))
        if reply.status == 200 and request.model not in self.models:
            return Reply(404, body=error_body("not_found_error", f"model: {request.model}"))
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, api: FakeAnthropic) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._take(None)

    def do_POST(self) -> None:
        self._take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _take(self, body: Any) -> None:
        api = self.server.api
        headers = {name.lower(): value for name, value in self.headers.items()}
        key = headers.pop("x-api-key", "")
        request = SeenRequest(self.command, self.path, headers, body)
        api.seen.append(request)
        reply = api.reply_to(key, request)
        if reply.is_held:
            api.closing.wait(_HOLD_SECONDS)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        defaults = {"date": self.date_time_string(), "request-id": "req_fake", "content-type": "application/json"}
        self.send_response_only(reply.status)
        for name, value in (defaults | dict(reply.headers)).items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            return  # the client did not wait for all of it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass
