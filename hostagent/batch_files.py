"""The files of the spool: what their names tell, and what stands in them."""

import contextlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hostagent.checked_files import Damaged, read_checked, write_checked
from hostagent.wire import Item
from hostagent.wire_limits import MAX_INTEGER

# The number of the first snapshot, and how many there are: known even where the content is damaged.
_NAME = re.compile(r"([0-9]{20})-([0-9]{3})\.batch")


@dataclass(frozen=True)
class Batch:
    """One file of the spool, read back whole. `dropped`: how many snapshots before it never left this host."""

    path: Path
    epoch: str
    items: Sequence[Item]
    dropped: int


def write_batch(folder: Path, epoch: str, items: Sequence[Item], dropped: int) -> Path:
    """On disk when this returns; otherwise there is no such file. Raises OSError."""
    path = folder / f"{items[0]['seq']:020d}-{len(items):03d}.batch"
    try:
        write_checked(path, {"epoch": epoch, "items": list(items), "dropped": dropped})
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def read_batch(path: Path) -> Batch:
    """Raises Damaged, FileNotFoundError."""
    document = read_checked(path)
    try:
        return Batch(path, document["epoch"], document["items"], document["dropped"])
    except (LookupError, TypeError) as error:
        raise Damaged("it holds no batch") from error


def list_batch_files(folder: Path) -> list[Path]:
    """Whatever is called so, oldest first."""
    return sorted(folder.glob("*.batch"))


def count_by_name(path: Path) -> int:
    """How many snapshots were put into this file; none for a name that is not ours."""
    return _read_name(path)[1]


def first_seq_by_name(path: Path) -> int:
    """0 for a name that is not ours."""
    return _read_name(path)[0]


def _read_name(path: Path) -> tuple[int, int]:
    name = _NAME.fullmatch(path.name)
    # Somebody may have called a file so that no number would be left.
    return (int(name[1]), int(name[2])) if name and int(name[1]) < MAX_INTEGER // 2 else (0, 0)


def with_status(paths: Sequence[Path]) -> list[tuple[Path, os.stat_result]]:
    """Only the files among them. Another program may be taking some away just now."""
    files = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                files.append((path, status))
    return files


def drop_oldest(folder: Path, most_bytes: int) -> None:
    """Until the files in there are no larger than that together."""
    files = sorted(with_status(list(folder.iterdir())), key=lambda file: file[1].st_mtime)
    too_much = sum(status.st_size for _, status in files) - most_bytes
    for path, status in files:
        if too_much <= 0:
            return
        too_much -= status.st_size
        path.unlink(missing_ok=True)
