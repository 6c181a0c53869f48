"""Who may do what in a state folder: one agent, and one program at a time that delivers."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from hostagent.errors import ConfigError, StateBusy
from hostagent.private_files import make_private_folder

_PATIENCE_SECONDS = 45.0
_RETRY_SECONDS = 0.1


@contextlib.contextmanager
def only_deliverer(state_dir: Path) -> Iterator[None]:
    """Be the one that delivers: `push` waits for `run`. Raises StateBusy when that takes too long."""
    with lock_file(state_dir, "delivery.lock") as descriptor:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise StateBusy("another hostagent is still delivering; what was seen waits in the spool")
            time.sleep(_RETRY_SECONDS)
        yield


@contextlib.contextmanager
def only_agent(state_dir: Path) -> Iterator[None]:
    """Be the one `hostagent run` of this state folder. Raises ConfigError when there is one already."""
    with lock_file(state_dir, "agent.lock") as descriptor:
        if not _try_lock(descriptor):
            # `hostagent status` may be looking at this lock for a moment.
            time.sleep(_RETRY_SECONDS)
        if not _try_lock(descriptor):
            raise ConfigError(
                f"{state_dir}: another `hostagent run` works in this folder; end it first, or give this one its own"
                " state_dir"
            )
        yield


@contextlib.contextmanager
def lock_file(state_dir: Path, name: str) -> Iterator[int]:
    """The descriptor of a file to lock, open and not locked yet."""
    descriptor = os.open(make_private_folder(state_dir) / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
