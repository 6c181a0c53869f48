"""What is old is deleted: a little after each push, or all of it by `collector prune`."""

from datetime import timedelta
from threading import Thread

import pytest

from collector.database import write_transaction
from collector.models import Account, Event, Ledger, Reading, Refresh, Session, SigninCode
from collector.queries import housekeeping, sessions
from collector.queries.tokens import Kind

RETENTION = timedelta(days=400)
KEPT = ("ts", "observed_at", "raw", "parsed", "attempted_at", "error")


@pytest.fixture
def prune(clock):
    """As `collector prune` does; how many rows of each kind were deleted."""

    def prune_all(days: int = 400) -> dict[str, int]:
        deleted = {}
        while bite := housekeeping.prune(timedelta(days=days), clock()):
            deleted = {kind: deleted.get(kind, 0) + bite[kind] for kind in {*deleted, *bite}}
        return deleted

    return prune_all


def test_events_live_as_long_as_they_are_kept(agent, reader, clock, prune):
    for used_percent in (1, 2, 3):
        agent.send(agent.reading(used_percent=used_percent))
        clock.advance(days=200)

    assert prune()["events"] == 1
    assert [event["position"] for event in reader.events()] == ["1.3", "1.2"]
    assert prune(days=250)["events"] == 1
    assert [event["position"] for event in reader.events()] == ["1.3"]


def test_a_run_is_as_old_as_its_newest_reading(agent, reader, clock, prune):
    agent.register("acc1", agent={"manual_refresh": True})
    for _ in range(3):
        agent.send(agent.reading())
        clock.advance(days=300)

    assert "events" not in prune()
    assert reader.events()[0]["count"] == 3


def test_the_last_reading_outlives_its_history(agent, reader, clock, prune):
    agent.send(agent.reading(used_percent=42), agent.failure())
    shown = reader.item()
    clock.advance(days=401)

    assert prune()["events"] == 2
    assert reader.events() == []
    assert [reader.item()[name] for name in KEPT] == [shown[name] for name in KEPT]


def test_no_account_waits_for_another(agent, make_agent, clock, prune):
    other = make_agent("other")
    for each in (agent, other):
        each.register(*(f"acc{number}" for number in range(15)))
        for _ in range(12):
            each.send(*(each.reading(f"acc{number}", used_percent=next(each.seqs) % 100) for number in range(8)))
    clock.advance(days=401)

    assert prune()["events"] == 2 * 12 * 8
    assert Event.select().count() == 0


def test_a_bite_is_small(agent, clock):
    for _ in range(3):
        agent.send(*(agent.reading(used_percent=next(agent.seqs) % 100) for _ in range(100)))
    clock.advance(days=401)

    assert housekeeping.prune(RETENTION, clock()) == {"events": 100, "ledger rows": 100}


def test_the_ledger_outlives_every_spool_by_a_day(agent, clock, prune):
    item = agent.reading()
    agent.send(item)
    clock.advance(days=7, hours=23)

    assert prune() == {}
    assert agent.send(item) == [("duplicate", None)]
    clock.advance(hours=2)
    assert prune() == {"ledger rows": 1}
    assert Ledger.select().count() == 0


def test_refreshes_codes_and_sessions_that_are_worth_nothing_are_deleted(agent, reader, make_page, clock, prune):
    reader.post("/refresh", {})
    make_page(code=sessions.create_code(Kind.VIEWER, clock()))
    sessions.create_code(Kind.VIEWER, clock())
    assert prune() == {}
    clock.advance(days=1)

    assert prune() == {"refreshes": 1}
    assert [table.select().count() for table in (Refresh, SigninCode, Session)] == [0, 0, 1]
    clock.advance(days=7)
    prune()
    assert Session.select().count() == 0


def test_a_removed_account_goes_with_the_last_of_its_history(agent, reader, clock, prune):
    agent.register("acc1", "acc2")
    agent.send(agent.reading("acc1"), agent.reading("acc2"))
    reader.post("/refresh", {})
    agent.register("acc2")
    clock.advance(days=399)
    assert "accounts" not in prune()
    agent.register("acc2")
    clock.advance(days=2)

    assert prune()["accounts"] == 1
    assert [account.label for account in Account.select()] == ["acc2"]
    assert Reading.select().count() == 1
    assert reader.get("/events/acc1").status_code == 404
    agent.register("acc1", "acc2")
    assert reader.item("acc1")["state"] == "pending"


def test_a_removed_account_stays_while_something_of_it_is_kept(agent, reader, clock, prune):
    agent.register()
    clock.advance(days=300)
    agent.send(agent.reading())
    clock.advance(days=300)

    assert "accounts" not in prune()
    assert len(reader.events()) == 1
    clock.advance(days=101)
    assert prune() == {"events": 1, "accounts": 1}


def test_who_followed_before_an_account_was_deleted_is_told_everything(agent, reader, clock, prune):
    agent.register("acc1", "acc2")
    since = reader.revision()
    agent.register("acc1")
    clock.advance(days=401)
    assert prune()["accounts"] == 1

    answer = reader.get(f"/latest?since={since}").get_json()

    assert [item["account_label"] for item in answer["items"]] == ["acc1"]
    assert "removed" not in answer


def test_a_push_brings_housekeeping_along_every_ten_seconds(agent, clock):
    agent.send(*(agent.reading(used_percent=used_percent) for used_percent in range(100)))
    agent.send(*(agent.reading(used_percent=used_percent) for used_percent in range(100)))
    clock.advance(days=401)

    left = []
    for pause_seconds in (0, 9, 1):
        clock.advance(seconds=pause_seconds)
        agent.send()
        left.append(Event.select().count())

    assert left == [100, 100, 0]


def test_a_push_is_taken_when_housekeeping_cannot_be_done(agent, clock, monkeypatch, caplog):
    monkeypatch.setattr(housekeeping, "prune", lambda *_: 1 / 0)
    clock.advance(days=401)

    assert agent.send(agent.reading()) == [("stored", None)]
    assert "housekeeping failed" in caplog.text


def test_housekeeping_waits_for_nobody(agent, app, clock):
    agent.send(agent.reading())
    clock.advance(days=401)

    with write_transaction():
        rider = Thread(target=app.extensions["housekeeping"].ride_along)
        rider.start()
        rider.join(1)
        assert not rider.is_alive()
        assert Event.select().count() == 1

    agent.send()
    assert Event.select().count() == 0


def test_nothing_to_delete_costs_no_write(agent, clock, monkeypatch):
    agent.send(agent.reading())
    clock.advance(days=1)

    assert housekeeping.prune(RETENTION, clock(), lambda: pytest.fail("a write was begun")) == {}
