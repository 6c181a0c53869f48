"""HTTP whose requests end in time, whatever drips in."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import requests

_CUT_AGAIN_SECONDS = 1.0


class TimedSession(requests.Session):
    """One request at a time, each bounded as a whole.

    The timeouts of requests begin anew with every byte: an answer that drips in could hold its reader for days.
    """

    def __init__(self) -> None:
        super().__init__()
        self._line = _Line()
        self.mount("http://", self._line)
        self.mount("https://", self._line)

    @contextlib.contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """Cut the connection once that long is over: what is read from it then ends, or fails as when a peer leaves."""
        done = threading.Event()
        threading.Thread(target=self._cut_after, args=(seconds, done), daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def _cut_after(self, seconds: float, done: threading.Event) -> None:
        # Again and again: while a name is looked up there is nothing to cut yet.
        while not done.wait(seconds):
            self._line.cut()
            seconds = _CUT_AGAIN_SECONDS


class _Line(requests.adapters.HTTPAdapter):
    """Remembers the newest connection, which is the one in use, and its socket."""

    _connection: Any = None
    _socket: socket.socket | None = None

    def get_connection_with_tls_context(self, *arguments: Any, **settings: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*arguments, **settings)
        # The class's own attribute: the pool itself may be one that has been here before.
        make_connection = type(pool).ConnectionCls
        pool.ConnectionCls = lambda **options: self._remember(make_connection(**options))
        return pool

    def _remember(self, connection: Any) -> Any:
        def connect_and_remember() -> None:
            type(connection).connect(connection)
            # The connection forgets it before the end of an answer that says `Connection: close`.
            self._socket = connection.sock

        self._connection, connection.connect = connection, connect_and_remember
        return connection

    def cut(self) -> None:
        for connected in (self._socket, getattr(self._connection, "sock", None)):
            if connected is not None:
                with contextlib.suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)
