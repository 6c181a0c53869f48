"""Disks that are full, or lose power, or are not the one of the temporary folder."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 4096


def can_make_disks() -> bool:
    return os.geteuid() == 0


def can_mount_images() -> bool:
    return can_make_disks() and Path("/dev/loop-control").exists()


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


def make_disk_image(image: Path, size: int) -> None:
    """A file that can be mounted: it holds what has reached the disk, and nothing that the kernel still keeps back."""
    with image.open("xb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)


@contextlib.contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """What nobody demands to be written may wait for minutes. Needs root and Linux."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop,commit=300", image, folder], check=True)
    try:
        yield folder
    finally:
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
