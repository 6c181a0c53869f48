"""Whether a disk has room left."""

import errno
import os
from pathlib import Path
from typing import IO

# More than codex writes in a home that is new to it.
_ROOM_BYTES = 2 * 1024 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# Stays there, empty. A new file each time costs ten times as much where many are made and deleted: Linux keeps their
# places free for some seconds, and looks past them all.
_TRIAL_NAME = ".csf.room"


def has_room(folder: Path) -> bool:
    """Whether some mebibytes can be put there. Tried where that is possible: a quota may end before the disk."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < _ROOM_BYTES:
        return False
    if not hasattr(os, "posix_fallocate"):
        return True
    try:
        _take_room(folder / _TRIAL_NAME)
    except OSError as error:
        return error.errno not in _NO_ROOM
    return True


def _take_room(file: Path) -> None:
    """And give it back. Raises OSError."""
    with _open(file) as opened:
        try:
            os.posix_fallocate(opened.fileno(), 0, _ROOM_BYTES)
        finally:
            os.ftruncate(opened.fileno(), 0)


def _open(file: Path) -> IO[bytes]:
    try:
        return open(file, "wb", buffering=0, opener=_open_own)
    except PermissionError:
        # Somebody else's, who ran an agent here once.
        file.unlink()
        return open(file, "wb", buffering=0, opener=_open_own)


def _open_own(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NOFOLLOW, 0o600)
