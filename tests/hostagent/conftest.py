"""What tests of the host agent share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import real_part_is_missing
from disks import can_make_disks, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for one mebibyte."""
    if not can_make_disks():
        real_part_is_missing("root, who can mount a small disk,")
    with small_disk(tmp_path / "disk") as folder:
        yield folder
