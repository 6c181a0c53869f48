"""GET /hosts: how long each host has been quiet, and what its agent says of itself."""

import pytest


@pytest.fixture
def host(reader):
    """A function that asks for the one host there is."""

    def ask() -> dict:
        (item,) = reader.get("/hosts").get_json()["items"]
        return item

    return ask


def test_a_host_has_exactly_the_members_of_the_api(agent, host):
    told = {"version": "0.1.0", "codex_version": "0.169.0", "platform": "darwin-arm64", "poll_interval_sec": 60}
    agent.register("acc1", "acc2", agent=told)
    agent.send(dropped=3, spool_items=7, sent_at="2026-11-22T09:19:12Z")

    assert host() == {
        "host": "mac-mini",
        "state": "online",
        "last_contact_at": "2026-11-22T09:20:12.000Z",
        "silent_since": None,
        "agent_version": "0.1.0",
        "codex_version": "0.169.0",
        "platform": "darwin-arm64",
        "clock_skew_sec": 60.0,
        "spool_items": 7,
        "dropped": 3,
        "poll_interval_sec": 60,
        "manual_refresh": False,
        "accounts": 2,
    }


def test_what_a_resent_batch_says_was_dropped_is_counted_once(agent, host):
    agent.register("acc1")
    item = agent.reading()

    agent.send(item, dropped=3)
    agent.send(item, dropped=3)
    agent.send(agent.reading(seq=2), dropped=2)

    assert host()["dropped"] == 5


def test_a_host_never_heard_of_is_there_with_nulls_and_the_default_interval(make_agent, host):
    make_agent("mac-mini")

    item = host()

    assert (item["state"], item["last_contact_at"], item["silent_since"]) == ("never", None, None)
    assert (item["agent_version"], item["clock_skew_sec"], item["spool_items"]) == (None, None, None)
    assert (item["poll_interval_sec"], item["accounts"], item["dropped"]) == (300, 0, 0)


@pytest.mark.parametrize(
    ("interval", "seconds", "state"),
    [
        (None, 449, "online"),
        (None, 450, "late"),
        (None, 899, "late"),
        (None, 900, "silent"),
        (1, 1, "online"),
        (1, 2, "late"),
        (1, 299, "late"),
        (1, 300, "silent"),
        (3600, 3 * 3600 - 1, "late"),
        (3600, 3 * 3600, "silent"),
    ],
)
def test_a_quiet_host_is_late_then_silent_to_the_second(agent, host, clock, interval, seconds, state):
    agent.register("acc1", agent={"poll_interval_sec": interval})

    clock.advance(seconds=seconds)

    item = host()
    assert item["state"] == state
    assert item["silent_since"] == ("2026-11-22T09:20:12.000Z" if state == "silent" else None)


def test_any_contact_ends_the_silence(agent, host, clock):
    clock.advance(hours=1)
    assert host()["state"] == "silent"

    agent.get("/session")

    assert (host()["state"], host()["last_contact_at"]) == ("online", "2026-11-22T10:20:12.000Z")


def test_only_registered_accounts_are_counted(agent, host):
    agent.register("acc1", "acc2")
    agent.register("acc2")

    assert host()["accounts"] == 1


def test_hosts_come_by_name(make_agent, reader):
    for name in ("b-host", "a-host"):
        make_agent(name)

    assert [item["host"] for item in reader.get("/hosts").get_json()["items"]] == ["a-host", "b-host"]
