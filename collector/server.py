"""Listening, and handing the socket to gunicorn."""

import os
import re
import resource
import socket
import sys
from dataclasses import dataclass
from typing import NoReturn

from collector.errors import AddressUnavailable, SettingsError
from collector.origins import is_loopback
from collector.settings import Settings

# All callers that gunicorn takes at once, and room for the database and the rest.
_OPEN_FILES = 4096


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """`HOST:PORT`, an IPv6 host in brackets; raises ValueError."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:]+)\]|([^\[\]:]+)):([0-9]{1,5})", text, re.ASCII)
    if found is None or int(found[3]) > 65_535:
        raise ValueError(f"{text} is not like 127.0.0.1:8080")
    return Address(found[1] or found[2], int(found[3]))


def refuse_unnamed_public_address(address: Address, settings: Settings) -> None:
    """Raises SettingsError for an address that others can reach while nobody has said how they name it."""
    if address.is_loopback or settings.public_url is not None:
        return
    fault = (
        f"COLLECTOR_PUBLIC_URL: {address} can be reached from other machines; set it to the address they use, "
        "as https://status.example.com, or bind to 127.0.0.1 behind a proxy"
    )
    raise SettingsError([fault])


def listen(address: Address) -> socket.socket:
    """A socket that takes connections from now on. Raises AddressUnavailable."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server((address.host, address.port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AddressUnavailable(f"Cannot listen on {address}: {reason}. Choose another with --bind.") from error
    # Its connections inherit this. Head and body of an answer are written apart, and the body would wait up to 40 ms
    # for the caller to confirm the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def bound_address(listener: socket.socket) -> Address:
    """Where the socket listens; tells the port that was found when 0 was asked for."""
    host, port = listener.getsockname()[:2]
    return Address(host, port)


def allow_open_files(number: int) -> None:
    """Raise this process's limit as far as it may itself: every caller is an open file, also while it waits."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if most == resource.RLIM_INFINITY else min(number, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def exec_server(listener: socket.socket) -> NoReturn:
    """Become gunicorn on `listener`; it takes its settings from us, and none from its surroundings."""
    allow_open_files(_OPEN_FILES)
    os.set_inheritable(listener.fileno(), True)
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    command = [sys.executable, "-m", "gunicorn", "collector.wsgi:application()"]
    command += ["--config", "python:collector.gunicorn_settings", "--bind", f"fd://{listener.fileno()}"]
    os.execv(sys.executable, command)  # noqa: S606 - a fixed program, and no shell wanted
