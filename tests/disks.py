"""Disks that are full, or not the one of the temporary folder."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 4096


def can_make_disks() -> bool:
    return os.geteuid() == 0


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "1m") -> Iterator[Path]:
    """A new folder that is a file system of its own with that much room. Needs root and Linux."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        # Lazily: a program that has not quite ended may still have a file open in there.
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """No byte of room is left on this disk while the block runs."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(CHUNK_BYTES))
    try:
        yield
    finally:
        filler.unlink()
