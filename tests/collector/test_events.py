"""GET /events/{label}: history, with equal readings drawn together."""

from datetime import datetime, timedelta

import pytest
from databases import on_new_databases

from collector import migrations
from collector.database import run
from collector.models import Event

# To the schema in which an event held its texts as they are, and was dated by when it was received.
GO_BACK = (
    "ALTER TABLE event ADD COLUMN observed_at {timestamp}",
    "ALTER TABLE event ADD COLUMN raw_json TEXT",
    "ALTER TABLE event ADD COLUMN parsed_json TEXT",
    *(f"ALTER TABLE event DROP COLUMN {name}" for name in ("patience_sec", "gauges_json", "packed")),
    "DELETE FROM schema_migration WHERE name = '0005_history'",
)
OLD_EVENT = """
    INSERT INTO event (account_id, epoch, seq, first_at, last_at, observed_at, count, error_code, error_message,
        raw_json, parsed_json, fingerprint)
    VALUES (1, 1, ?, ?, ?, ?, 1, ?, ?, ?, ?, 'old')
"""


def with_reset(reading, resets_at: float):
    reading["parsed"]["normalized"]["windows"]["5h"]["resetsAt"] = resets_at
    return reading


def spans(events) -> list[tuple[str, str]]:
    """From when to when each run was, as minutes and seconds of one hour."""
    return [(event["first_at"][14:19], event["last_at"][14:19]) for event in events]


def test_a_registered_account_never_read_has_no_events(agent, reader):
    assert reader.events() == []


def test_an_account_nobody_registered_is_not_found(agent, reader):
    assert reader.get("/events/nobody").status_code == 404


def test_an_event_shows_what_was_read(agent, reader):
    sent = agent.reading()
    agent.send(sent)

    assert reader.events() == [
        {
            "position": "1.1",
            "ts": "2026-11-22T09:20:12.000Z",
            "first_at": "2026-11-22T09:20:12.000Z",
            "last_at": "2026-11-22T09:20:12.000Z",
            "count": 1,
            "observed_at": "2026-11-22T09:20:12.000Z",
            "error": None,
            "raw": sent["raw"],
            "parsed": sent["parsed"],
        }
    ]


def test_each_event_shows_its_own_reading(agent, reader):
    sent = [agent.failure(), *(agent.reading(used_percent=used_percent) for used_percent in (1, 2, 1, 3))]
    agent.send(*sent)

    shown = [(event["raw"], event["parsed"]) for event in reader.events()]
    assert shown == [(item["raw"], item["parsed"]) for item in reversed(sent)]


def test_equal_readings_are_one_event(agent, reader, clock):
    for _ in range(3):
        agent.send(agent.reading(used_percent=42))
        clock.advance(minutes=5)

    (event,) = reader.events()
    assert event["count"] == 3
    assert (event["first_at"], event["last_at"]) == ("2026-11-22T09:20:12.000Z", "2026-11-22T09:30:12.000Z")


def test_another_reading_in_between_begins_another_event(agent, reader):
    for used_percent in (42, 42, 43, 42):
        agent.send(agent.reading(used_percent=used_percent))

    assert [event["count"] for event in reader.events()] == [1, 1, 2]


def test_failures_of_one_kind_are_one_event(agent, reader):
    agent.send(agent.failure("network"), agent.failure("network"), agent.failure("timeout"), agent.reading())

    shown = [(event["error"] and event["error"]["code"], event["count"]) for event in reader.events()]
    assert shown == [(None, 1), ("timeout", 1), ("network", 2)]


def test_a_late_equal_reading_does_not_lengthen_a_newer_run(agent, reader):
    agent.send(agent.reading(seq=5), agent.reading(seq=3))

    assert [(event["position"], event["count"]) for event in reader.events()] == [("1.5", 1), ("1.3", 1)]


def test_a_reset_that_drifts_a_little_each_time_begins_another_event_at_last(agent, reader, clock):
    for drift_seconds in range(0, 360, 60):
        agent.send(with_reset(agent.reading(), 1_795_342_809 + drift_seconds))
        clock.advance(minutes=5)

    assert [event["count"] for event in reader.events()] == [2, 2, 2]


def test_an_account_that_nobody_uses_is_one_event(agent, reader, clock):
    for _ in range(12):
        agent.send(with_reset(agent.reading(used_percent=0), clock().timestamp() + 5 * 3600))
        clock.advance(minutes=5)

    assert [event["count"] for event in reader.events()] == [12]


def test_a_run_of_readings_ends_where_the_account_was_not_known_about(agent, reader, clock):
    for gap_minutes in (5, 16, 17):
        agent.send(agent.reading())
        clock.advance(minutes=gap_minutes)
    agent.send(agent.reading())

    assert [event["count"] for event in reader.events()] == [1, 3]


def test_a_host_that_reads_on_demand_loses_sight_of_nothing(agent, reader, clock):
    agent.register("acc1", agent={"manual_refresh": True})
    agent.send(agent.reading())
    clock.advance(days=3)
    agent.send(agent.reading())

    assert [event["count"] for event in reader.events()] == [2]


def test_a_dead_login_that_is_asked_once_an_hour_is_one_event(agent, reader, clock):
    for _ in range(3):
        agent.send(agent.failure("login_expired"))
        clock.advance(hours=1)

    assert [event["count"] for event in reader.events()] == [3]


def test_what_waited_in_a_spool_is_dated_by_when_it_was_read(agent, reader, clock):
    waiting = []
    for used_percent in (42, 42, 43):
        waiting.append(agent.reading(used_percent=used_percent))
        clock.advance(minutes=5)
    agent.send(*waiting)

    assert spans(reader.events()) == [("30:12", "30:12"), ("20:12", "25:12")]


def test_what_comes_late_stands_in_its_place_and_time(agent, reader, clock):
    items = []
    for seq in (1, 2, 3):
        items.append(agent.reading(seq=seq, used_percent=seq))
        clock.advance(minutes=5)
    agent.send(items[0], items[2])

    agent.send(items[1])

    assert [event["position"] for event in reader.events()] == ["1.3", "1.2", "1.1"]
    assert reader.events()[1]["first_at"] == "2026-11-22T09:25:12.000Z"


@pytest.mark.parametrize("wrong_minutes", [-30, 30])
def test_times_never_contradict_the_order(agent, reader, clock, wrong_minutes):
    agent.send(agent.reading(seq=1, used_percent=1))
    clock.advance(minutes=5)
    agent.send(agent.reading(seq=3, used_percent=3))
    clock.advance(minutes=5)
    late = agent.reading(seq=2, used_percent=2)
    newest = agent.reading(seq=4, used_percent=4)
    for item in (late, newest):
        item["observed_at"] = (clock() + timedelta(minutes=wrong_minutes)).isoformat()

    agent.send(late, newest)

    found = [moment for span in reversed(spans(reader.events())) for moment in span]
    assert found == sorted(found)


def test_no_reading_is_older_than_a_spool_may_hold(agent, reader, clock):
    agent.send({**agent.reading(), "observed_at": "1999-01-01T00:00:00Z"})

    assert datetime.fromisoformat(reader.events()[0]["first_at"]) == clock() - timedelta(days=7)


def test_a_number_that_the_ledger_has_forgotten_does_no_harm(agent, reader):
    items = [agent.reading(seq=seq, used_percent=seq) for seq in (1, 2)]
    agent.send(*items)
    run("DELETE FROM ledger")

    assert agent.send(*items) == [("stored", None), ("stored", None)]
    assert [event["position"] for event in reader.events()] == ["1.2", "1.1"]
    assert reader.used_percent() == 2


@on_new_databases
def test_events_of_an_older_release_are_kept(agent, reader, settings):
    timestamp = "DATETIME" if settings.database_url is None else "TIMESTAMP"
    for statement in GO_BACK:
        run(statement.format(timestamp=timestamp))
    parsed = """{"normalized":{"provider":"codex","windows":{"5h":{"usedPercent":42,"resetsAt":7}},"limits":[
        {"limitId":"spark","windows":{"5h":{"usedPercent":1}}}]}}"""
    # Numbers, when received first and last, when observed last, and what was read.
    run(
        OLD_EVENT,
        (1, "2026-11-22 09:01:00", "2026-11-22 09:06:00", "2026-11-22 09:05:00", None, None, '{"a":1}', parsed),
    )
    run(
        OLD_EVENT,
        (2, "2026-11-22 09:11:00", "2026-11-22 09:11:00", "2026-11-22 09:04:00", "network", "No.", None, None),
    )

    migrations.migrate(settings)

    failure, reading = reader.events()
    assert spans([failure, reading]) == [("05:00", "05:00"), ("01:00", "05:00")]
    assert (failure["error"]["code"], failure["raw"], failure["parsed"]) == ("network", None, None)
    assert (reading["raw"], reading["parsed"]["normalized"]["windows"]["5h"]["usedPercent"]) == ({"a": 1}, 42)
    agent.send(agent.reading(seq=3))
    assert [event["position"] for event in reader.events()] == ["1.3", "1.2", "1.1"]


def test_events_are_read_in_pages(agent, reader):
    agent.send(*(agent.reading(used_percent=used_percent) for used_percent in range(5)))

    first = reader.events(query="?limit=2")
    second = reader.events(query=f"?limit=2&before={first[-1]['position']}")
    rest = reader.events(query=f"?limit=2&before={second[-1]['position']}")

    assert [event["position"] for event in first + second + rest] == ["1.5", "1.4", "1.3", "1.2", "1.1"]


def test_fifty_events_come_unless_asked_otherwise(agent, reader):
    agent.send(*(agent.reading(used_percent=used_percent) for used_percent in range(60)))

    assert len(reader.events()) == 50
    assert len(reader.events(query="?limit=500")) == 60
    assert Event.select().count() == 60


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=-1", "limit=ten", "limit=", "before=5", "before=x.y"])
def test_a_page_that_cannot_be_is_refused(agent, reader, query):
    response = reader.get(f"/events/acc1?{query}")

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_request")


def test_the_events_of_a_registered_account_come_before_those_of_a_removed_one(make_agent, reader):
    old, new = make_agent("old"), make_agent("new")
    for agent, used_percent in ((old, 10), (new, 20)):
        agent.register("acc1")
        agent.send(agent.reading(used_percent=used_percent))
    old.register()

    (event,) = reader.events()

    assert event["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 20
    assert len(reader.events(query="?host=old")) == 1
