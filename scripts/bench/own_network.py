"""A network with nothing but loopback, and a DNS that never answers, for a script and the programs it starts."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_INSIDE = "in-its-own-network"


def enter_own_network() -> None:
    """Start this script once more, in namespaces of its own, which are gone with its last process."""
    if sys.argv[1:] == [_INSIDE]:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    os.execvp("unshare", ["unshare", *as_root, "--net", "--mount", "--", sys.executable, sys.argv[0], _INSIDE])


class DeadDns:
    """Takes questions and answers none: whoever looks a name up waits until he gives up."""

    def __init__(self, server: socket.socket) -> None:
        server.setblocking(False)
        server.bind(("127.0.0.1", 53))
        self._server = server

    def count_questions(self) -> int:
        """How many came in since the last count."""
        count = 0
        with contextlib.suppress(BlockingIOError):
            while self._server.recv(512):
                count += 1
        return count


@contextlib.contextmanager
def dead_dns() -> Iterator[DeadDns]:
    """The only DNS there is, for programs in a network of their own."""
    with socket.socket(type=socket.SOCK_DGRAM) as server, tempfile.NamedTemporaryFile() as settings:
        dns = DeadDns(server)
        Path(settings.name).write_text("nameserver 127.0.0.1\n")
        subprocess.run(["mount", "--bind", settings.name, "/etc/resolv.conf"], check=True)
        try:
            yield dns
        finally:
            subprocess.run(["umount", "/etc/resolv.conf"], check=True)
