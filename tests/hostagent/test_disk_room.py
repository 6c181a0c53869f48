"""Whether a disk has room for what codex writes."""

import errno
import os
from pathlib import Path

import pytest

from hostagent import disk_room
from hostagent.disk_room import has_room

pytestmark = pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="nothing is tried on this system")


def refuse_room(*_arguments: int) -> None:
    raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))


def test_the_room_that_was_tried_is_given_back(tmp_path: Path) -> None:
    assert has_room(tmp_path)
    assert [file.stat().st_blocks for file in tmp_path.iterdir()] == [0]


def test_room_that_a_killed_agent_still_holds_is_given_back(tmp_path: Path) -> None:
    has_room(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(bytes(3 * 1024 * 1024))

    assert has_room(tmp_path)
    assert file.stat().st_blocks == 0


def test_a_quota_counts_as_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "posix_fallocate", refuse_room)

    assert not has_room(tmp_path)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept")
    (tmp_path / ".csf.room").symlink_to(target)

    assert has_room(tmp_path)
    assert target.read_text() == "kept"


def test_a_file_that_is_somebody_elses_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    has_room(tmp_path)
    theirs = (tmp_path / ".csf.room").stat().st_ino
    opened = disk_room._open_own

    def refuse_theirs(name: str, flags: int) -> int:
        if Path(name).exists() and Path(name).stat().st_ino == theirs:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(name, flags)

    (tmp_path / "keeps its number").hardlink_to(tmp_path / ".csf.room")
    monkeypatch.setattr(disk_room, "_open_own", refuse_theirs)

    assert has_room(tmp_path)
    assert (tmp_path / ".csf.room").stat().st_ino != theirs
