"""POST /snapshots: what is stored, what is refused, and which reading is the latest."""

from datetime import datetime, timedelta

import pytest
from databases import on_sqlite

from collector.database import database
from collector.models import Event, Host, Ledger


def test_a_reading_is_shown_after_it_was_pushed(agent, reader):
    results = agent.send(agent.reading(used_percent=42))

    assert results == [("stored", None)]
    assert reader.used_percent() == 42
    assert reader.item()["raw"] == {"rateLimits": {"primary": {"usedPercent": 42}}}


def test_a_resent_batch_is_stored_once(agent, reader):
    batch = agent.batch(agent.reading(), agent.reading(used_percent=50))
    first = agent.post("/snapshots", batch).get_json()["results"]

    second = agent.post("/snapshots", batch).get_json()["results"]

    assert [result["status"] for result in first] == ["stored", "stored"]
    assert [result["status"] for result in second] == ["duplicate", "duplicate"]
    assert (Ledger.select().count(), Event.select().count()) == (2, 2)
    assert [event["count"] for event in reader.events()] == [1, 1]


def test_an_item_twice_in_one_batch_is_stored_once(agent, reader):
    item = agent.reading()

    assert agent.send(item, item) == [("stored", None), ("duplicate", None)]
    assert reader.events()[0]["count"] == 1


def test_a_resent_item_is_known_whatever_its_envelope_and_the_order_of_its_keys(agent, clock):
    item = agent.reading()
    agent.send(item)
    clock.advance(minutes=3)

    results = agent.send(dict(reversed(item.items())), dropped=3, spool_items=9)

    assert results == [("duplicate", None)]


def test_other_content_under_a_known_number_is_a_conflict(agent, reader):
    agent.send(agent.reading(seq=1, used_percent=42))

    results = agent.send(agent.reading(seq=1, used_percent=43))

    assert results == [("rejected", "seq_conflict")]
    assert reader.used_percent() == 42


def test_the_same_number_under_a_new_epoch_is_another_snapshot(agent, reader):
    agent.send(agent.reading(seq=1000, used_percent=42))
    agent.epoch = "b" * 32

    assert agent.send(agent.reading(seq=1, used_percent=43)) == [("stored", None)]
    assert reader.used_percent() == 43


def test_a_late_snapshot_of_an_older_epoch_leaves_the_newer_reading(agent, reader):
    agent.send(agent.reading(seq=1, used_percent=10))
    agent.epoch = "b" * 32
    agent.send(agent.reading(seq=1, used_percent=20))
    agent.epoch = "a" * 32

    agent.send(agent.reading(seq=2, used_percent=30))

    assert reader.used_percent() == 20


def test_a_late_spooled_snapshot_does_not_replace_a_newer_reading(agent, reader):
    agent.send(agent.reading(seq=2, used_percent=40))

    agent.send(agent.reading(seq=1, used_percent=10))

    assert reader.used_percent() == 40
    assert [event["position"] for event in reader.events()] == ["1.2", "1.1"]


def test_a_late_failure_does_not_hide_a_newer_reading(agent, reader):
    agent.send(agent.reading(seq=2))

    agent.send(agent.failure(seq=1))

    assert (reader.item()["state"], reader.item()["error"]) == ("ok", None)


def test_a_late_reading_counts_while_no_newer_one_was_good(agent, reader):
    agent.send(agent.failure("timeout", seq=5))

    agent.send(agent.reading(seq=4, used_percent=30))

    assert reader.used_percent() == 30
    assert reader.item()["error"]["code"] == "timeout"


def test_order_within_a_batch_does_not_matter(agent, reader):
    agent.send(agent.reading(seq=3, used_percent=30), agent.reading(seq=1, used_percent=10), agent.failure(seq=2))

    assert reader.used_percent() == 30
    assert reader.item()["error"] is None


def test_a_failure_leaves_the_last_good_reading_beside_it(agent, reader, clock):
    agent.send(agent.reading(used_percent=42))
    clock.advance(minutes=5)

    agent.send(agent.failure("network"))

    item = reader.item()
    assert reader.used_percent() == 42
    assert item["error"] == {"code": "network", "message": "It did not work."}
    assert (item["ts"], item["attempted_at"]) == ("2026-11-22T09:20:12.000Z", "2026-11-22T09:25:12.000Z")


def test_a_good_reading_ends_the_error(agent, reader):
    agent.send(agent.failure("network"))

    agent.send(agent.reading())

    assert (reader.item()["state"], reader.item()["error"]) == ("ok", None)


def test_an_account_never_registered_is_rejected_and_may_be_sent_again_after_registering(agent):
    stranger = agent.reading("acc2")
    assert agent.send(stranger, agent.reading()) == [("rejected", "unknown_account"), ("stored", None)]

    agent.register("acc1", "acc2")

    assert agent.send(stranger) == [("stored", None)]


def test_a_tombstoned_account_gets_history_only(agent, reader):
    agent.send(agent.reading(used_percent=10))
    agent.register()

    assert agent.send(agent.reading(used_percent=20)) == [("stored", None)]
    assert len(reader.events()) == 2
    agent.register("acc1")
    assert reader.used_percent() == 10


def test_two_hosts_with_the_same_label_and_numbers_do_not_meet(make_agent, reader):
    one, other = make_agent("one"), make_agent("other")
    for agent in (one, other):
        agent.register("acc1")

    one.send(one.reading(seq=1, used_percent=11))
    other.send(other.reading(seq=1, used_percent=22))

    readings = {item["host"]: item["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] for item in reader.latest()}
    assert readings == {"one": 11, "other": 22}


def test_a_batch_for_another_host_is_refused(agent, make_agent):
    make_agent("other").register("acc1")

    response = agent.post("/snapshots", agent.batch(agent.reading(), host="other"))

    assert (response.status_code, response.get_json()["code"]) == (403, "host_mismatch")
    assert Event.select().count() == 0


@pytest.mark.parametrize(
    ("wrong_seconds", "shown_behind_seconds"),
    [
        pytest.param(0, 60, id="right clock"),
        pytest.param(-4, 64, id="under five seconds is the network, not the clock"),
        pytest.param(-3600, 60, id="an hour behind"),
        pytest.param(3 * 86400, 60, id="three days ahead"),
        pytest.param(-3650 * 86400, 60, id="ten years behind"),
    ],
)
def test_the_time_of_a_probe_is_shown_by_the_collectors_clock(
    agent, reader, clock, wrong_seconds, shown_behind_seconds
):
    sent_at = clock() + timedelta(seconds=wrong_seconds)
    item = {**agent.reading(), "observed_at": (sent_at - timedelta(seconds=60)).isoformat()}

    agent.send(item, sent_at=sent_at.isoformat())

    shown = datetime.fromisoformat(reader.item()["observed_at"])
    assert (clock() - shown).total_seconds() == shown_behind_seconds
    assert Host.get().clock_skew_sec == -wrong_seconds


def test_a_probe_is_never_shown_in_the_future(agent, reader, clock):
    tomorrow = (clock() + timedelta(days=1)).isoformat()

    agent.send({**agent.reading(), "observed_at": tomorrow})

    assert datetime.fromisoformat(reader.item()["observed_at"]) == clock()


def test_what_the_agent_had_to_drop_adds_up(agent):
    agent.send(dropped=3, spool_items=40)
    agent.send(agent.reading(), dropped=2, spool_items=7)

    host = Host.get()
    assert (host.dropped, host.spool_items) == (5, 7)


def test_a_raw_answer_over_64_kib_is_left_out_and_its_size_told(agent, reader):
    item = agent.reading()
    item["raw"] = {"filler": "é" * 40_000}

    agent.send(item)

    assert reader.item()["raw"] == {"omitted": 80_013}
    assert reader.used_percent() == 42


@on_sqlite
def test_an_acknowledged_snapshot_is_committed(agent, settings):
    import sqlite3

    agent.send(agent.reading())

    with sqlite3.connect(settings.data_dir / "collector.sqlite3") as another_program:
        stored = another_program.execute("SELECT count(*) FROM event").fetchone()
    another_program.close()
    assert stored == (1,)
    assert (database.pragma("journal_mode"), database.pragma("synchronous")) == ("wal", 2)


def test_the_revision_rises_with_what_latest_shows_and_with_nothing_else(agent, reader):
    agent.send(agent.reading(seq=5))
    before = reader.revision()

    agent.send(agent.reading(seq=5, used_percent=1))
    agent.send(agent.reading(seq=4))
    assert reader.revision() == before

    agent.send(agent.reading(seq=6))
    assert reader.revision() != before
