"""A full disk under the agent: under what it keeps, and under a login."""

from collections.abc import Iterator
from pathlib import Path

import full_disk
import pytest
from conftest import real_part_is_missing
from disks import can_make_disks, filled, small_disk

from hostagent.spool import Spool


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if not can_make_disks():
        real_part_is_missing("root, who can mount a small disk,")
    with small_disk(tmp_path / "disk", "8m") as folder:
        yield folder


def test_reading_goes_on_and_all_is_delivered_once_there_is_room(disk, tmp_path, codex):
    verdict = full_disk.read_codex(tmp_path / "work", codex, accounts=2, rounds=1)

    assert verdict["ok"], verdict
    assert (verdict["arrived"], verdict["dropped"]) == (2, 0)


def test_a_login_is_not_renewed_where_it_could_not_be_kept(host, upstream, disk):
    login = upstream.add_account("A1")
    host.settings["accounts_dir"] = str(disk / "accounts")
    host.accounts.append({"label": "acc1"})
    home = disk / "accounts/acc1/.codex"
    upstream.seed_home(login, home, expires_in_seconds=-60)

    with filled(disk):
        full = host.run("probe", "acc1")

    assert full.returncode == 75
    assert "the disk of its home is full, so codex is not started" in full.stderr
    assert login.refresh_requests == 0
    assert host.run("probe", "acc1").returncode == 0
    assert login.reused_refresh_tokens == 0


def test_one_round_empties_a_spool_that_fills_its_disk(joined_host, collector, upstream, disk):
    joined_host.settings["state_dir"] = str(disk)
    joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.run("run", "--once")
    item = {"account_label": "acc1", "observed_at": "2026-11-22T09:20:09Z", "raw": {"mark": "x" * 60_000}}
    reading = {"parsed": {"normalized": {"provider": "codex", "windows": {}}}}
    try:
        while True:
            Spool(disk).add([item | reading])
    except OSError:
        waiting = Spool(disk).count_items()

    done = joined_host.run("run", "--once")

    assert done.returncode == 0, done.stderr
    assert f"{waiting + 1} snapshots delivered" in done.stderr


def test_what_is_seen_and_cannot_be_kept_is_said_to_be_lost(joined_host, collector, upstream, disk):
    joined_host.settings["state_dir"] = str(disk)
    joined_host.add_account("acc1", upstream.add_account("A1"))

    with filled(disk):
        done = joined_host.run("push")

    assert done.returncode == 74
    assert "what was seen is lost unless" in done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
