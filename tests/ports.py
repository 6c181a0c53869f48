"""Ports for programs that have to be told one."""

import contextlib
import random
import socket


def free_port() -> int:
    """One below those that the kernel gives to port 0, so that no other test takes it meanwhile."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(12_000, 30_000)))
            return int(probe.getsockname()[1])
