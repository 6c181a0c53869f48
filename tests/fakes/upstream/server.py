"""HTTP for the fake: reads a request, finds who answers it, sends the answer or breaks it off."""

import json
import secrets
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import backend, control, issuer
from .replies import Reply
from .seen import SeenRequest
from .state import Call, State

ISSUER_ROUTES = {
    "POST /api/accounts/deviceauth/usercode": issuer.begin_device_login,
    "POST /api/accounts/deviceauth/token": issuer.poll_device_login,
    "GET /oauth/authorize": issuer.authorize,
    "POST /oauth/token": issuer.give_tokens,
    "POST /oauth/revoke": issuer.revoke_token,
}
TRUNCATED_LENGTH = 5000
"""What the header of a truncated answer promises."""


class Server(ThreadingHTTPServer):
    """Closing it breaks the connections that are still open and waits for their threads."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, port: int, state: State, control_key: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.state = state
        self.control_key = control_key
        self.open_connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.state.lock:
            self.open_connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self.state.lock:
            self.open_connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        self.state.closing.set()
        with self.state.lock:
            for connection in self.open_connections:
                _shut(connection)
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fake"
    server: Server
    seen: SeenRequest

    def do_GET(self) -> None:
        self.seen = SeenRequest(self.command, urlsplit(self.path).path, self.headers.get("user-agent", ""))
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        is_control = self.seen.path.startswith("/control/")
        if not is_control:
            self.server.state.log.add(self.seen)
        try:
            reply = self.control(body) if is_control else route(self.server.state, self.read_call(body))
            self.send(reply)
        except ConnectionError:
            self.close_connection = True
            self.server.state.log.answer(self.seen, "client gone")

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815 - the names are http.server's

    def control(self, body: bytes) -> Reply:
        """Only for who could read the ready file: the control API writes files."""
        key = self.headers.get("x-control-key", "")
        if not secrets.compare_digest(key.encode(), self.server.control_key.encode()):
            return Reply(403, {"error": "X-Control-Key is not that of the ready file"})
        return control.answer(self.server.state, self.read_call(body))

    def read_call(self, body: bytes) -> Call:
        return Call(
            self.seen,
            bearer=self.headers.get("authorization", "").removeprefix("Bearer ").strip(),
            account_header=self.headers.get("chatgpt-account-id"),
            query=dict(parse_qsl(urlsplit(self.path).query)),
            form=parse_body(body),
        )

    def send(self, reply: Reply) -> None:
        if reply.cut == "reset":
            self.send_reset()
            return
        payload = reply.payload()
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        self.send_header("content-length", str(TRUNCATED_LENGTH if reply.cut else len(payload)))
        for name, text in reply.headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(payload)
        self.close_connection = self.close_connection or reply.cut is not None
        self.server.state.log.answer(self.seen, reply.cut or reply.status)

    def send_reset(self) -> None:
        """Lingering for no time makes the kernel send RST when the last user of the socket closes it."""
        self.server.state.log.answer(self.seen, "reset")
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """`FakeChatGPT.requests` is the log."""


def route(state: State, call: Call) -> Reply:
    path = call.seen.path
    handle = ISSUER_ROUTES.get(f"{call.seen.method} {path}")
    if handle is not None:
        return handle(state, call)
    if path == "/v1/models":
        return Reply(body={"models": []})
    if path.startswith(("/backend-api/", "/api/codex/")):
        return backend.answer(state, call)
    return Reply(404, {"error": "not found"})


def parse_body(body: bytes) -> dict[str, Any]:
    """Codex sends some bodies as JSON and some as a form."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    return parsed if isinstance(parsed, dict) else {}


def serve(server: Server) -> threading.Thread:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    return thread


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # its client was faster
