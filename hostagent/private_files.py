"""Files and folders that are closed to every other user of the machine."""

import os
import stat
import tempfile
from pathlib import Path
from pwd import struct_passwd

from hostagent.errors import ConfigError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(path: Path, owner: struct_passwd | None = None) -> Path:
    """Create the folder, and what is missing above it, with mode 0700; what exists stays as it is.

    `owner`: whose it becomes; None: ours.
    """
    if not path.is_dir():
        make_private_folder(path.parent, owner)
        path.mkdir(mode=0o700, exist_ok=True)
        if owner is not None:
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    return path


def close_to_others(path: Path) -> str | None:
    """Take other users' access away and say so in a sentence; None when there was none to take.

    Raises ConfigError when the path belongs to another user, who alone can close it.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    mode = stat.S_IMODE(status.st_mode)
    if not mode & _OTHERS:
        return None
    closed = mode & ~_OTHERS
    if status.st_uid != os.geteuid():
        raise ConfigError(f"{path}: open to other users and not ours; its owner types: chmod {closed:o} {path}")
    try:
        path.chmod(closed)
    except OSError as error:
        raise ConfigError(f"{path}: open to other users ({error.strerror}); type: chmod {closed:o} {path}") from error
    return f"{path}: was open to other users, is now mode {closed:o}"


def write_private(path: Path, content: bytes) -> None:
    """Replace the file in one step, on disk before this returns: readers see the old or the new whole."""
    _replace(path, content, 0o600)


def write_readable(path: Path, content: bytes) -> None:
    """The same for what other users may read."""
    _replace(path, content, 0o644)


def _replace(path: Path, content: bytes, mode: int) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk, as fsync of a file does for its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
