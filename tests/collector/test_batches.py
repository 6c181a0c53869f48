"""A batch is read, decided on and written as a whole; what becomes of its items is as if they had come one by one."""

from datetime import timedelta
from random import Random

import pytest
from databases import SQLITE

from collector.database import run, write_transaction
from collector.queries import new_events, readings, snapshots

LABELS = ("acc1", "acc2", "gone")


def random_items(agent, seed: int) -> list[dict]:
    """Few kinds of snapshots in any order, some of a number that was there before."""
    random = Random(seed)
    seqs = random.choices(range(1, 30), k=40)
    return [random_item(agent, random, seq) for seq in seqs]


def random_item(agent, random: Random, seq: int) -> dict:
    label = random.choice((*LABELS, *LABELS, "nobody"))
    observed_at = agent.clock() - timedelta(minutes=random.choice((0, 1, 2, 90)))
    item = agent.reading(label, seq, random.choice((10, 10, 20)))
    if random.random() < 0.3:
        item = agent.failure(random.choice(("network", "timeout")), label, seq)
    return {**item, "observed_at": observed_at.isoformat()}


def shown(reader, host: str) -> list[dict]:
    members = ("account_label", "state", "error", "ts", "observed_at", "attempted_at", "raw", "parsed")
    return [{name: item[name] for name in members} for item in reader.latest(f"?host={host}")]


def history(reader, host: str, label: str) -> list[dict]:
    events = reader.events(label, f"?host={host}&limit=200")
    return [{**event, "position": event["position"].partition(".")[2]} for event in events]


@pytest.mark.parametrize("seed", range(12))
def test_a_batch_leaves_what_its_items_would_leave_one_by_one(make_agent, reader, clock, seed):
    whole, single = make_agent("whole"), make_agent("single")
    for agent in (whole, single):
        agent.register(*LABELS)
        agent.register(*LABELS[:2])
    items = random_items(whole, seed)
    before, after = items[:15], items[15:]

    # In two turns, so that the second finds runs of the first.
    fates = [*whole.send(*before), *whole.send(*after)]
    one_by_one = [fate for item in items for fate in single.send(item)]

    assert fates == one_by_one
    assert shown(reader, "whole") == shown(reader, "single")
    for label in LABELS:
        assert history(reader, "whole", label) == history(reader, "single", label)


def with_text(reading: dict, text: str) -> dict:
    return {**reading, "raw": {"text": text * 20}}


def test_readings_after_all_history_was_deleted_are_packed_as_before(agent, reader):
    agent.register("acc1")
    agent.send(with_text(agent.reading(used_percent=10), "once"))
    run("DELETE FROM event")

    items = [with_text(agent.reading(used_percent=used_percent), "later") for used_percent in (20, 30)]
    agent.send(*items)

    assert [event["raw"] for event in reader.events()] == [item["raw"] for item in reversed(items)]


def test_epochs_are_in_the_order_in_which_they_are_first_seen(agent):
    keys = [(1, "f" * 32), (1, "0" * 32), (1, "f" * 32)]
    with write_transaction():
        ids = snapshots._find_or_create_epoch_ids(keys)

    assert ids[keys[0]] < ids[keys[1]]


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
@pytest.mark.parametrize(
    ("statement", "key"),
    [
        (snapshots._FIND_EPOCHS, "(1, 'a')"),
        (snapshots._FIND_RECEIVED, "(1, 1)"),
        (readings._FIND, "(1, 'acc1')"),
        (new_events._NEWEST, "(1)"),
    ],
)
def test_what_a_batch_reads_is_found_by_its_keys_however_large_the_fleet_is(app, statement, key):
    plan = [row[3] for row in run(f"EXPLAIN QUERY PLAN {statement.format(keys=f'{key}, {key}')}").fetchall()]

    assert any(step.startswith("SEARCH") for step in plan)
    scanned = [step.split()[1] for step in plan if step.startswith("SCAN")]
    assert set(scanned) <= {"wanted", "2"}, plan
