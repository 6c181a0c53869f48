"""Copies of the SQLite database: each is one commit of it, whole, on disk and closed to others, or not there at all."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from collector.errors import BackupFailed

_KEPT = 3


def copy_database(source: Path, target: Path) -> None:
    """While others go on reading and writing. Raises BackupFailed, also when `target` is already there."""
    with _finished(target, may_replace=False) as partial:
        _copy(source, partial)


def keep_before(step: str, source: Path) -> Path:
    """Where the database is kept as it was before `step`; instead of an earlier copy of that kind. Three are kept."""
    target = source.with_name(f"{source.name}.before-{step}")
    with _finished(target, may_replace=True) as partial:
        _copy(source, partial)
    kept = sorted(source.parent.glob(f"{source.name}.before-*"), key=lambda file: file.stat().st_mtime)
    for oldest in kept[:-_KEPT]:
        oldest.unlink()
    return target


def flush(path: Path) -> None:
    """Have it on disk: what is in a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


@contextmanager
def _finished(target: Path, may_replace: bool) -> Iterator[Path]:
    """A file to write to, which takes the name of `target` once it is on disk."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.touch(0o600, exist_ok=False)
        yield partial
        flush(partial)
        if may_replace:
            partial.replace(target)
        else:
            _rename(partial, target)
        flush(target.parent)
    except FileExistsError as error:
        raise BackupFailed(f"{target} is there already; name another file.") from error
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{target} could not be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _rename(file: Path, name: Path) -> None:
    """Raises FileExistsError where a rename would put it in the place of another."""
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError as error:
        # Not every file system can give a file two names.
        if name.exists():
            raise FileExistsError(name) from error
        file.rename(name)
