"""One program at a time in a CODEX_HOME: two token refreshes at once would cost the login."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from hostagent.errors import ProbeFault, Stopped
from hostagent.process import StopRequest

LOCK_NAME = ".csf.lock"
_RETRY_SECONDS = 0.1


@contextlib.contextmanager
def locked_home(home: Path, stop: StopRequest, timeout_seconds: float) -> Iterator[int]:
    """Hold the home's lock; yields its descriptor, which a child inherits to hold the lock as long as it lives.

    Raises ProbeFault("timeout") when somebody else keeps it, Stopped, OSError when the folder cannot be written.
    """
    descriptor = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, stop, time.monotonic() + timeout_seconds)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, stop: StopRequest, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise ProbeFault("timeout") from None
            if stop.wait(_RETRY_SECONDS):
                raise Stopped("stopped while waiting for another probe of this account") from None
