"""What waits for the collector is on disk, in order, and checked when it is read back."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from hostagent.errors import ConfigError, StateBusy
from hostagent.spool import Spool, locked_spool, only_agent
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


def test_the_spool_is_waited_for_but_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("hostagent.spool._PATIENCE_SECONDS", 0.3)
    second = locked_spool(tmp_path)

    with locked_spool(tmp_path), pytest.raises(StateBusy, match="still delivering"), second:
        pass


def files(folder: Path) -> list[Path]:
    return sorted((folder / "spool").iterdir())
