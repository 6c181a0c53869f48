"""What waits for the collector is on disk, in order, and checked when it is read back."""

import json
import os
import random
import re
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from disks import filled

from hostagent.errors import ConfigError, StateBusy
from hostagent.spool import Spool
from hostagent.state_locks import only_agent, only_deliverer
from hostagent.wire import encode
from hostagent.wire_limits import MAX_BODY_BYTES


def item(label: str = "acc1", **fields: Any) -> dict[str, Any]:
    return {"account_label": label, "raw": None, **fields}


def waiting(spool: Spool) -> list[dict[str, Any]]:
    return [entry for batch in spool.batches() for entry in batch.items]


def test_what_was_added_is_read_back_in_order_with_rising_numbers(tmp_path):
    Spool(tmp_path).add([item("a"), item("b")])
    Spool(tmp_path).add([item("c")])

    assert [(entry["seq"], entry["account_label"]) for entry in waiting(Spool(tmp_path))] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


def test_a_removed_batch_is_gone_and_its_numbers_are_not_used_again(tmp_path):
    spool = Spool(tmp_path)
    spool.add([item("a")])
    spool.remove(next(spool.batches()))
    spool.add([item("b")])

    assert [(entry["seq"], entry["account_label"]) for entry in waiting(spool)] == [(2, "b")]


def test_the_epoch_stays_until_the_counter_is_lost(tmp_path):
    spool = Spool(tmp_path)
    spool.add([item("a")])
    spool.add([item("b")])
    (tmp_path / "sequence.json").write_bytes(b"{")
    spool.add([item("c")])

    first, second, third = (json.loads(path.read_bytes().split(b"\n")[1])["epoch"] for path in files(tmp_path))
    assert len({first, second, third}) == 2


def test_a_lost_counter_never_overwrites_what_waits(tmp_path):
    spool = Spool(tmp_path)
    spool.add([item("a")])
    (tmp_path / "sequence.json").unlink()
    spool.add([item("b")])

    assert sorted(entry["account_label"] for entry in waiting(spool)) == ["a", "b"]


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", b"[]\n{}", b"\xff\xfe", b'{"sha256": 3}\n{"epoch": 1}'])
def test_a_damaged_file_is_set_aside_and_the_others_are_delivered(tmp_path, damage):
    spool = Spool(tmp_path)
    spool.add([item("a")])
    spool.add([item("b")])
    files(tmp_path)[0].write_bytes(damage)

    assert [entry["account_label"] for entry in waiting(spool)] == ["b"]
    assert [path.read_bytes() for path in (tmp_path / "corrupt").iterdir()] == [damage]


def test_a_flipped_bit_is_noticed(tmp_path):
    spool = Spool(tmp_path)
    spool.add([item("a")])
    content = bytearray(files(tmp_path)[0].read_bytes())
    content[-20] ^= 1
    files(tmp_path)[0].write_bytes(content)

    assert waiting(spool) == []


def test_a_round_is_split_into_batches_that_the_collector_takes(tmp_path):
    spool = Spool(tmp_path)
    spool.add([item(f"a{number}") for number in range(250)] + [item("big", raw="x" * 60_000)] * 40)

    batches = list(spool.batches())

    assert max(len(batch.items) for batch in batches) <= 100
    assert max(len(encode({"items": batch.items})) for batch in batches) < MAX_BODY_BYTES
    assert [entry["seq"] for entry in waiting(spool)] == list(range(1, 291))


def test_everything_is_closed_to_other_users(tmp_path):
    spool = Spool(tmp_path / "state")
    spool.add([item("a")])

    for path in (tmp_path / "state").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_second_agent_in_one_folder_gives_way(tmp_path):
    second = only_agent(tmp_path)

    with only_agent(tmp_path), pytest.raises(ConfigError, match="another `hostagent run` works in this folder"), second:
        pass

    with only_agent(tmp_path):
        pass


def test_a_delivery_is_waited_for_but_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("hostagent.state_locks._PATIENCE_SECONDS", 0.3)
    second = only_deliverer(tmp_path)

    with only_deliverer(tmp_path), pytest.raises(StateBusy, match="still delivering"), second:
        pass


def test_while_somebody_delivers_others_may_add(tmp_path):
    with only_deliverer(tmp_path):
        Spool(tmp_path).add([item("a")])

    assert [entry["account_label"] for entry in waiting(Spool(tmp_path))] == ["a"]


def files(folder: Path) -> list[Path]:
    return sorted((folder / "spool").iterdir())


def test_beyond_its_size_the_oldest_go_first_and_are_counted(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    spool.add([item("old", raw="x" * 500), item("old too", raw="x" * 500)])
    monkeypatch.setattr("hostagent.spool.MAX_BYTES", 2500)

    spool.add([item("new", raw="x" * 500)])
    spool.add([item("newer", raw="x" * 500)])
    spool.add([item("newest", raw="x" * 500)])

    assert [entry["account_label"] for entry in waiting(spool)] == ["new", "newer", "newest"]
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 2500
    spool.add([item("last")])
    assert sum(batch.dropped for batch in spool.batches()) == 2


def test_what_is_older_than_a_week_is_dropped_and_counted(tmp_path):
    spool = Spool(tmp_path)
    spool.add([item("old")])
    eight_days_ago = time.time() - 8 * 86_400
    os.utime(files(tmp_path)[0], (eight_days_ago, eight_days_ago))

    spool.add([item("new")])

    spool.add([item("next")])
    assert [(batch.items[0]["account_label"], batch.dropped) for batch in spool.batches()] == [("new", 0), ("next", 1)]


def test_dropped_snapshots_of_a_dropped_batch_are_not_forgotten(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    spool.add([item("a")], dropped=3)
    spool.add([item("b")])
    monkeypatch.setattr("hostagent.spool.MAX_BYTES", 0)
    spool.add([])
    monkeypatch.undo()

    spool.add([item("c")])

    assert [batch.dropped for batch in spool.batches()] == [5]


def test_on_a_full_disk_all_is_kept_or_nothing(disk):
    spool = Spool(disk)
    spool.add([item("before")])
    much = [item("much", raw=random.randbytes(5000).hex()) for _ in range(150)]

    with pytest.raises(OSError, match="No space left"):
        spool.add(much, dropped=3)

    assert [entry["account_label"] for entry in waiting(spool)] == ["before"]
    spool.add([item("after")], dropped=3)
    assert [(batch.items[0]["account_label"], batch.dropped) for batch in spool.batches()] == [
        ("before", 0),
        ("after", 3),
    ]


def test_what_was_dropped_is_not_forgotten_by_a_full_disk(disk, monkeypatch):
    spool = Spool(disk)
    spool.add([item("old")])
    monkeypatch.setattr("hostagent.spool.MAX_BYTES", 0)
    spool.add([])
    monkeypatch.undo()

    with filled(disk), pytest.raises(OSError, match="No space left"):
        spool.add([item("new")])

    spool.add([item("new")])
    assert [batch.dropped for batch in spool.batches()] == [1]


def test_what_a_full_disk_holds_can_still_be_delivered_and_set_aside(disk):
    spool = Spool(disk)
    spool.add([item("a"), item("b")])
    spool.add([item("c")])
    first, second = files(disk)
    first.write_bytes(b"damaged")

    with filled(disk):
        assert [entry["account_label"] for entry in waiting(spool)] == ["c"]
        spool.remove(next(spool.batches()))

    assert not second.exists()
    assert len(list((disk / "corrupt").iterdir())) == 1


def test_damaged_snapshots_are_counted_as_dropped(tmp_path):
    spool = Spool(tmp_path)
    spool.add([item("a"), item("b")])
    files(tmp_path)[0].write_bytes(b"")
    assert waiting(spool) == []

    spool.add([item("c")])

    assert [batch.dropped for batch in spool.batches()] == [2]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: Path(path).symlink_to("/etc/passwd")])
def test_what_is_no_file_is_set_aside_as_well(tmp_path, make):
    spool = Spool(tmp_path)
    spool.add([item("a")])
    make(tmp_path / "spool/00000000000000000000-001.batch")

    spool.add([item("b")])

    assert [entry["account_label"] for entry in waiting(spool)] == ["a", "b"]
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize("name", ["x", "99999999999999999999-001", "٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٩-001", os.fsdecode(b"\xff\n")])
def test_a_file_by_another_name_does_no_harm_to_the_numbers(tmp_path, name):
    spool = Spool(tmp_path)
    spool.add([item("a")])
    (tmp_path / f"spool/{name}.batch").write_bytes(b"damaged")
    (tmp_path / "sequence.json").unlink()

    spool.add([item("b")])

    assert [entry["account_label"] for entry in waiting(spool)] == ["a", "b"]
    assert max(entry["seq"] for entry in waiting(spool)) < 1000


def test_a_flipped_bit_of_the_counter_costs_at_most_an_epoch(tmp_path):
    for bit in range(0, 1600, 31):
        spool = Spool(tmp_path / str(bit))
        spool.add([item("a")])
        counter = tmp_path / str(bit) / "sequence.json"
        content = bytearray(counter.read_bytes())
        content[bit // 8 % len(content)] ^= 1 << bit % 8
        counter.write_bytes(content)

        spool.add([item("b")])

        first, second = spool.batches()
        assert (first.items[0]["account_label"], second.items[0]["account_label"]) == ("a", "b")
        assert re.fullmatch("[0-9a-f]{32}", second.epoch)
        assert first.epoch != second.epoch or second.items[0]["seq"] == 2


@pytest.mark.parametrize("jump", [-10 * 365 * 86_400, 3 * 86_400, 10 * 365 * 86_400])
def test_a_clock_that_was_set_makes_nothing_older(tmp_path, monkeypatch, jump):
    spool = Spool(tmp_path)
    spool.add([item("before")])
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + jump)

    spool.add([item("after")])

    assert [(batch.items[0]["account_label"], batch.dropped) for batch in spool.batches()] == [
        ("before", 0),
        ("after", 0),
    ]
    assert abs(files(tmp_path)[0].stat().st_mtime - now - jump) < 60


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_stands_in_place_of_the_counter_is_set_aside(tmp_path, make):
    spool = Spool(tmp_path)
    make(tmp_path / "sequence.json")

    spool.add([item("a")])

    assert [entry["account_label"] for entry in waiting(spool)] == ["a"]
    assert len(list((tmp_path / "corrupt").iterdir())) == 1


def test_a_state_folder_that_was_deleted_is_made_anew(tmp_path):
    spool = Spool(tmp_path / "state")
    spool.add([item("a")])
    shutil.rmtree(tmp_path / "state")

    spool.add([item("b")])

    assert [entry["account_label"] for entry in waiting(spool)] == ["b"]


def test_refused_snapshots_that_nobody_looks_at_do_not_fill_the_disk(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    monkeypatch.setattr("hostagent.spool.MAX_BYTES", 2000)
    for _ in range(10):
        spool.add([item("a", raw="x" * 500)])
        batch = next(spool.batches())
        spool.set_aside(batch, [(batch.items[0], "invalid_request")])
        spool.remove(batch)

    kept = sorted((tmp_path / "refused").iterdir())
    assert [json.loads(path.read_bytes())["item"]["seq"] for path in kept] == [8, 9, 10]
