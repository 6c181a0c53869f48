"""How a collector is reached: by an own CA, and through something that sends its answer byte by byte for ever."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
import trustme

from hostagent.collector_client import Collector
from hostagent.config import read_config
from hostagent.errors import CollectorUnavailable

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ANSWERS = {
    "head": b"",
    "body": HEAD + b"\r\n",
    "long body": HEAD + b"Content-Length: 1000000\r\n\r\n",
    "size of a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
}
DRIP_SECONDS = 0.05


@contextmanager
def listening(serve: Callable[[socket.socket], None], wrap: Callable[[socket.socket], socket.socket]) -> Iterator[int]:
    """The port of a server for one connection, which has to end soon after the block."""

    def take_one() -> None:
        with wrap(listener.accept()[0]) as connection:
            connection.recv(65_536)
            with suppress(OSError):
                serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=take_one)
        server.start()
        yield listener.getsockname()[1]
        server.join(10)
        assert not server.is_alive(), "the client still takes what drips in"


def dripping(start: bytes) -> Callable[[socket.socket], None]:
    """Sends `start`, then a byte now and then for as long as somebody takes it."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(b"1")
            time.sleep(DRIP_SECONDS)

    return drip


def plain(connection: socket.socket) -> socket.socket:
    return connection


def collector_at(url: str, folder: Path, **settings: str) -> Collector:
    lines = [f"collector_url: {url}", "host: h", *(f"{name}: {value}" for name, value in settings.items())]
    (folder / "hostagent.yaml").write_text("\n".join(lines))
    (folder / "collector.token").write_text("csfa_0123456789ab_secret")
    return Collector(read_config(folder / "hostagent.yaml", is_accounts_file_needed=False)[0])


class Authority:
    """An own CA, and servers that it vouches for."""

    def __init__(self, file: Path) -> None:
        ca = trustme.CA()
        self.file = file
        ca.cert_pem.write_to_path(str(file))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1").configure_cert(self._context)

    def wrap(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca.pem")


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr("hostagent.collector_client._CONNECT_SECONDS", 0.5)
    monkeypatch.setattr("hostagent.collector_client._READ_SECONDS", 0.5)


@pytest.mark.parametrize("start", ANSWERS)
def test_an_answer_that_drips_is_given_up_in_time(tmp_path, start):
    with listening(dripping(ANSWERS[start]), plain) as port:
        collector = collector_at(f"http://127.0.0.1:{port}", tmp_path)
        started_at = time.monotonic()

        with pytest.raises(CollectorUnavailable):
            collector.open_refreshes(after=0, wait_seconds=0)

        assert time.monotonic() - started_at < 5


def test_an_answer_that_drips_through_tls_is_given_up_in_time(tmp_path, authority):
    with listening(dripping(HEAD), authority.wrap) as port:
        collector = collector_at(f"https://127.0.0.1:{port}", tmp_path, ca_file=str(authority.file))
        started_at = time.monotonic()

        with pytest.raises(CollectorUnavailable):
            collector.push_registry({})

        assert 0.5 < time.monotonic() - started_at < 5


def test_the_own_ca_counts_whatever_the_environment_says(tmp_path, authority, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", requests.certs.where())
    answer = HEAD + b'Content-Length: 31\r\n\r\n{"refreshes": [], "cursor": 17}'
    with listening(lambda connection: connection.sendall(answer), authority.wrap) as port:
        collector = collector_at(f"https://127.0.0.1:{port}", tmp_path, ca_file=str(authority.file))

        assert collector.open_refreshes(after=0, wait_seconds=0).cursor == 17
