"""Who uses the SQLite file: told by a lock beside it, so that the file is never replaced under anybody."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collector.errors import DatabaseInUse, SettingsError


def enter(file: Path) -> None:
    """This process uses the file until it ends, and so does the program that it becomes. Raises DatabaseInUse."""
    descriptor = _locked(file, fcntl.LOCK_SH, f"{file} is just being replaced; type this again in a moment.")
    # Nobody closes it. Where a program takes this one's place, the lock is handed on to it.
    os.set_inheritable(descriptor, True)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody else uses the file, or begins to. Raises DatabaseInUse."""
    words = f"A collector uses {file}. Stop it (scripts/down.sh, or systemctl stop), then type this again."
    descriptor = _locked(file, fcntl.LOCK_EX, words)
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(file: Path, kind: int, words: str) -> int:
    lock = file.with_name(f"{file.name}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
    except BlockingIOError as error:
        raise DatabaseInUse(words) from error
    except OSError as error:
        raise SettingsError(
            [f"{lock} cannot be locked ({error.strerror}); SQLite needs a disk of this machine"]
        ) from error
    return descriptor
