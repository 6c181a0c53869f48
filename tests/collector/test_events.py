"""GET /events/{label}: history, with equal readings drawn together."""

import pytest

from collector.models import Event


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
