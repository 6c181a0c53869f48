"""GET /latest?since=: what has changed, by a write or by time alone."""

import time
from random import Random
from threading import Thread

import pytest
from databases import on_new_databases

from collector import migrations
from collector.database import run
from collector.parking import RETRY_AFTER_SECONDS

# One account is read at 09:20:12 with an interval of five minutes: silent after 15 minutes, stale after 16.
SILENT_AFTER, STALE_AFTER = 15 * 60, 16 * 60


# To the schema before there were revisions of accounts.
GO_BACK = (
    "DROP INDEX account_revision",
    "DROP INDEX reading_stale_at",
    "DROP INDEX reading_identity",
    "ALTER TABLE account DROP COLUMN revision",
    "ALTER TABLE reading DROP COLUMN stale_at",
    "ALTER TABLE reading DROP COLUMN identity",
    "DELETE FROM schema_migration WHERE name = '0004_changes'",
)


class Follower:
    """A page left open: it was told everything once, and then asks for what has changed."""

    def __init__(self, reader, query: str = "") -> None:
        self.reader = reader
        self.query = query
        self.answer = reader.get(f"/latest?{query}").get_json()

    def ask(self, wait: float = 0) -> dict:
        since = self.answer["revision"]
        self.answer = self.reader.get(f"/latest?since={since}&wait={wait}&{self.query}").get_json()
        return self.answer

    def item_of(self, label: str) -> dict:
        """The account's, which must have changed."""
        return next(item for item in self.ask()["items"] if item["account_label"] == label)

    def changed(self, wait: float = 0) -> list[tuple[str, str]]:
        """Sorted: what has changed comes in no order."""
        return sorted((item["account_label"], item["state"]) for item in self.ask(wait)["items"])

    def removed(self) -> list[tuple[str, str]]:
        return [(place["host"], place["account_label"]) for place in self.ask()["removed"]]


def own_reading(agent, label: str, **values) -> dict:
    """Of a login that no other label has."""
    reading = agent.reading(label, **values)
    reading["parsed"]["normalized"]["account_email"] = f"{label}@example.com"
    return reading


@pytest.fixture
def fleet_of_two(agent):
    agent.register("acc1", "acc2")
    agent.send(own_reading(agent, "acc1"), own_reading(agent, "acc2"))
    return agent


@pytest.fixture
def follower(fleet_of_two, reader):
    return Follower(reader)


def test_only_what_changed_is_told(fleet_of_two, follower):
    fleet_of_two.send(own_reading(fleet_of_two, "acc2", used_percent=50))

    answer = follower.ask()

    assert list(answer) == ["revision", "items", "removed"]
    assert [item["account_label"] for item in answer["items"]] == ["acc2"]
    assert answer["items"][0]["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 50
    assert answer["removed"] == []


def test_a_changed_item_is_the_same_in_every_answer(fleet_of_two, follower, reader):
    fleet_of_two.send(fleet_of_two.failure("network", "acc2"))

    (changed,) = follower.ask()["items"]

    assert changed == reader.item("acc2") == reader.latest()[1]


def test_where_nothing_changed_nothing_is_told(follower):
    before = follower.answer["revision"]

    assert follower.ask() == {"revision": before, "items": [], "removed": []}


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        pytest.param({"note": "mine"}, ["acc1"], id="its registry entry"),
        pytest.param({"enabled": False}, ["acc1"], id="switched off"),
        pytest.param({"agent": {"poll_interval_sec": 60}}, ["acc1", "acc2"], id="the host's interval"),
        pytest.param({"agent": {"manual_refresh": True}}, ["acc1", "acc2"], id="read by hand only"),
        pytest.param({"agent": {"version": "0.2.0"}}, [], id="what is not shown here"),
    ],
)
def test_a_registry_changes_what_it_touches(fleet_of_two, follower, change, changed):
    entry = {name: value for name, value in change.items() if name != "agent"}
    members = {name: value for name, value in change.items() if name == "agent"}

    fleet_of_two.register({"account_label": "acc1", **entry}, "acc2", **members)

    assert sorted(label for label, _ in follower.changed()) == changed


def test_an_account_no_longer_named_is_removed_and_comes_back(fleet_of_two, follower):
    fleet_of_two.register("acc1")
    assert follower.removed() == [("mac-mini", "acc2")]

    fleet_of_two.register("acc1", "acc2")
    assert follower.changed() == [("acc2", "ok")]


def test_history_of_a_removed_account_is_no_news(fleet_of_two, follower):
    fleet_of_two.register("acc1")
    follower.ask()

    fleet_of_two.send(own_reading(fleet_of_two, "acc2"))

    assert follower.ask()["removed"] == []


@pytest.mark.parametrize(
    "since",
    [
        "",
        "yesterday",
        "{database_id}.7",
        "{database_id}.9999.0",
        "{database_id}.0.9999999999999999",
        "{database_id}.-1.0",
        f"{'0' * 32}.1.0",
    ],
)
def test_an_unknown_since_gets_the_whole_answer(fleet_of_two, reader, since):
    database_id = reader.revision().partition(".")[0]

    answer = reader.get(f"/latest?wait=20&since={since.format(database_id=database_id)}").get_json()

    assert list(answer) == ["revision", "items"]
    assert len(answer["items"]) == 2


def test_after_very_many_changes_the_whole_answer_is_told(agent, reader):
    follower = Follower(reader)
    agent.register(*(f"acc{number}" for number in range(200)))
    assert len(follower.ask()["removed"]) == 0

    agent.register(*(f"new{number}" for number in range(201)))

    assert "removed" not in follower.ask()
    assert len(follower.answer["items"]) == 201


def test_an_account_that_leaves_the_filter_is_removed(fleet_of_two, reader):
    ok_only = Follower(reader, "state=ok")
    fleet_of_two.send(fleet_of_two.failure("network", "acc1"))

    assert ok_only.removed() == [("mac-mini", "acc1")]


def test_another_hosts_change_is_no_news_behind_a_filter(fleet_of_two, make_agent, reader):
    of_mac_mini = Follower(reader, "host=mac-mini")
    make_agent("other").register("acc1")

    assert of_mac_mini.ask()["items"] == of_mac_mini.answer["removed"] == []


def test_a_reading_that_goes_stale_is_told_without_a_write(agent, fleet_of_two, follower, clock):
    clock.advance(seconds=SILENT_AFTER - 1)
    agent.get("/session")
    clock.advance(seconds=STALE_AFTER - SILENT_AFTER)
    assert follower.changed() == []

    clock.advance(seconds=1)
    assert follower.changed() == [("acc1", "stale"), ("acc2", "stale")]
    assert follower.changed() == []


def test_a_host_that_falls_silent_and_speaks_again_is_told_both_times(agent, follower, clock):
    clock.advance(seconds=SILENT_AFTER - 1)
    assert follower.changed() == []

    clock.advance(seconds=1)
    item = follower.item_of("acc1")
    assert (item["state"], item["reason"]) == ("stale", "host_silent")
    assert item["host_silent_since"] == "2026-11-22T09:20:12.000Z"

    clock.advance(seconds=1)
    agent.get("/session")
    item = follower.item_of("acc1")
    assert (item["state"], item["host_silent_since"]) == ("ok", None)


def test_who_was_told_of_a_silence_while_a_push_waited_is_told_of_its_end(fleet_of_two, follower, clock):
    clock.advance(seconds=SILENT_AFTER - 2)
    pushed_at, pushed = clock(), fleet_of_two.batch(own_reading(fleet_of_two, "acc1"))
    clock.advance(seconds=2)
    assert [item["reason"] for item in follower.ask()["items"]] == ["host_silent", "host_silent"]

    clock.time = pushed_at  # when it came; it is written only now
    fleet_of_two.post("/snapshots", pushed)
    clock.advance(seconds=3)

    assert [item["host_silent_since"] for item in follower.ask()["items"]] == [None, None]


def test_a_host_with_a_quick_rhythm_is_silent_after_five_minutes_not_sooner(fleet_of_two, follower, clock):
    fleet_of_two.register("acc1", "acc2", agent={"poll_interval_sec": 90})
    follower.ask()

    clock.advance(minutes=5, seconds=-1)
    assert follower.changed() == []

    clock.advance(seconds=1)
    assert [item["reason"] for item in follower.ask()["items"]] == ["host_silent", "host_silent"]


def test_a_sign_of_life_in_time_is_no_news(agent, follower, clock):
    for _ in range(3):
        clock.advance(minutes=5)
        agent.get("/session")

    assert follower.changed() == []


def test_a_clock_set_back_gets_the_whole_answer(follower, clock):
    clock.advance(hours=1)
    follower.ask()
    clock.advance(hours=-1)

    answer = follower.ask()

    assert "removed" not in answer
    assert [item["state"] for item in answer["items"]] == ["ok", "ok"]


def test_a_parked_reader_has_a_new_reading_at_once(app, fleet_of_two, follower):
    writer = Thread(target=once_parked, args=(app, lambda: fleet_of_two.send(own_reading(fleet_of_two, "acc1"))))
    writer.start()

    started = time.monotonic()
    changed = follower.changed(wait=20)

    writer.join()
    assert changed == [("acc1", "ok")]
    assert time.monotonic() - started < 10


def test_a_parked_reader_wakes_in_the_second_when_a_host_falls_silent(follower, clock):
    clock.advance(seconds=SILENT_AFTER - 1)
    started = time.monotonic()
    # The clock stands still while the reader sleeps, and is there when it wakes.
    clock_moves = Thread(target=lambda: (time.sleep(0.5), clock.advance(seconds=1)))
    clock_moves.start()

    changed = follower.changed(wait=20)

    clock_moves.join()
    assert changed == [("acc1", "stale"), ("acc2", "stale")]
    assert 0.9 < time.monotonic() - started < 10


def test_a_parked_reader_is_told_when_nothing_happened(follower):
    before = follower.answer["revision"]

    assert follower.ask(wait=0.2) == {"revision": before, "items": [], "removed": []}


def test_a_reader_that_may_not_park_is_answered_and_told_to_wait(follower, app, monkeypatch):
    monkeypatch.setattr(app.extensions["parking"], "_capacity", 0)

    response = follower.reader.get(f"/latest?wait=20&since={follower.answer['revision']}")

    assert response.get_json()["items"] == []
    assert response.headers["Retry-After"] == str(RETRY_AFTER_SECONDS)


def test_a_process_that_ends_answers_its_parked_readers(follower, app):
    app.extensions["parking"].end()

    started = time.monotonic()
    answer = follower.ask(wait=20)

    assert answer["items"] == []
    assert time.monotonic() - started < 10


def test_one_host_speaks_again_while_another_falls_silent(make_agent, reader, clock):
    one, other = make_agent("one"), make_agent("other")
    one.register("acc1")
    clock.advance(minutes=10)
    other.register("acc1")
    clock.advance(minutes=10)
    follower = Follower(reader)

    clock.advance(minutes=5)
    one.get("/session")

    items = {item["host"]: item["reason"] for item in follower.ask()["items"]}
    assert items == {"one": None, "other": "host_silent"}


def test_who_shares_a_login_is_told_when_the_other_comes_and_goes(make_agent, agent, reader):
    agent.send(agent.reading("acc1"))
    other = make_agent("other")
    other.register("acc1")
    follower = Follower(reader, "host=mac-mini")

    def also_at():
        return [[place["host"] for place in item["also_at"]] for item in follower.ask()["items"]]

    other.send(other.reading("acc1"))
    assert also_at() == [["other"]]
    other.register()
    assert also_at() == [[]]
    other.register("acc1")
    assert also_at() == [["other"]]
    moved = other.reading("acc1")
    moved["parsed"]["normalized"]["account_email"] = "new@example.com"
    other.send(moved)
    assert also_at() == [[]]


@pytest.mark.parametrize("seed", range(3))
def test_a_reader_that_follows_ends_where_a_new_one_begins(make_agent, reader, clock, seed):
    follow_and_compare(make_agent, reader, clock, Random(seed))


@on_new_databases
def test_what_was_stored_before_is_known_to_the_new_columns(fleet_of_two, settings, reader, clock):
    fleet_of_two.register("acc1", "acc2", agent={"poll_interval_sec": 100})
    fleet_of_two.send(fleet_of_two.failure("network", "acc2"))
    columns = "SELECT account_id, stale_at, identity FROM reading ORDER BY account_id"
    before = run(columns).fetchall()
    for statement in GO_BACK:
        run(statement)

    migrations.migrate(settings)

    assert run(columns).fetchall() == before
    assert str(before[0][1]) == "2026-11-22 09:26:12"
    assert Follower(reader).ask()["items"] == []


def follow_and_compare(make_agent, reader, clock, chance):
    """Whatever happens: all changes together, one after the other, give the whole answer."""
    agents = [make_agent(f"host-{number}") for number in range(3)]
    shown, revision = {}, "none"
    for _ in range(60):
        do_something(chance, chance.choice(agents), clock)
        answer = reader.get(f"/latest?since={revision}").get_json()
        revision = answer["revision"]
        if "removed" not in answer:
            shown = {}
        for place in answer.get("removed", []):
            shown.pop((place["host"], place["account_label"]), None)
        shown |= {(item["host"], item["account_label"]): item for item in answer["items"]}

        whole = reader.get("/latest").get_json()
        assert [shown[place] for place in sorted(shown)] == whole["items"]
        assert revision == whole["revision"]


def do_something(chance, agent, clock):
    labels = [label for label in ("acc1", "acc2", "acc3") if chance.random() < 0.7]
    label = chance.choice(["acc1", "acc2", "acc3"])
    reading = agent.reading(label)
    reading["parsed"]["normalized"]["account_email"] = chance.choice(["a@example.com", "b@example.com", None])
    chance.choice(
        [
            lambda: agent.register(*labels),
            lambda: agent.register(*labels, agent={"poll_interval_sec": chance.choice([60, 300, 900])}),
            lambda: agent.send(reading),
            lambda: agent.send(reading),
            lambda: agent.send(agent.failure("network", label)),
            lambda: agent.get("/session"),
            lambda: clock.advance(seconds=chance.choice([1, 59, 300, 1000])),
            lambda: clock.advance(seconds=chance.choice([1, 59, 300, 1000])),
        ]
    )()


def once_parked(app, act):
    while app.extensions["parking"].count == 0:
        time.sleep(0.01)
    act()
