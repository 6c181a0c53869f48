"""Whether a disk has room left."""

import errno
import os
import tempfile
from pathlib import Path

# More than codex writes in a home that is new to it.
_ROOM_BYTES = 2 * 1024 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def has_room(folder: Path) -> bool:
    """Whether some mebibytes can be put there. Tried where that is possible: a quota may end before the disk."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < _ROOM_BYTES:
        return False
    if not hasattr(os, "posix_fallocate"):
        return True
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, _ROOM_BYTES)
    except OSError as error:
        return error.errno not in _NO_ROOM
    return True
