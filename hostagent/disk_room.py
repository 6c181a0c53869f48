"""Whether a disk has room left."""

import errno
import os
from pathlib import Path

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
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, _ROOM_BYTES)
    finally:
        os.ftruncate(descriptor, 0)
        os.close(descriptor)
