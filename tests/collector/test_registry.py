"""POST /registry and GET /registry: a host says what its accounts are."""

import pytest

from collector.models import Account


def test_only_a_label_is_required_of_an_account(make_agent, reader):
    response = make_agent("mac-mini").register({"account_label": "acc1"})

    assert response.get_json() == {"ok": True, "count": 1}
    assert reader.get("/registry").get_json()["items"] == [
        {
            "host": "mac-mini",
            "account_label": "acc1",
            "enabled": True,
            "provider": "codex",
            "expected_email": None,
            "expected_planType": None,
            "note": "",
            "created_at": "2026-11-22T09:20:12.000Z",
            "updated_at": "2026-11-22T09:20:12.000Z",
        }
    ]


def test_everything_an_account_may_carry_is_kept(agent, reader):
    entry = {
        "account_label": "claude-1",
        "provider": "anthropic",
        "enabled": False,
        "expected_email": "you@example.com",
        "expected_planType": "plus",
        "note": "予備",
    }

    agent.register(entry)

    (kept,) = reader.get("/registry").get_json()["items"]
    assert {name: kept[name] for name in entry} == entry


def test_an_account_no_longer_named_disappears_and_keeps_its_history(agent, reader):
    agent.send(agent.reading())

    agent.register("acc2")

    assert [item["account_label"] for item in reader.latest()] == ["acc2"]
    assert len(reader.events("acc1")) == 1


def test_an_account_named_again_comes_back_as_it_was(agent, reader, clock):
    agent.send(agent.reading())
    agent.register()
    clock.advance(days=1)

    agent.register("acc1")

    item = reader.item()
    assert item["ts"] == "2026-11-22T09:20:12.000Z"
    assert item["registry"]["created_at"] == "2026-11-22T09:20:12.000Z"
    assert item["registry"]["updated_at"] == "2026-11-23T09:20:12.000Z"


def test_the_same_registry_again_changes_nothing(agent, reader, clock):
    revision = reader.revision()
    clock.advance(minutes=1)

    agent.register("acc1")

    assert reader.revision() == revision
    assert reader.item()["registry"]["updated_at"] == "2026-11-22T09:20:12.000Z"


def test_a_registry_replaces_only_the_accounts_of_its_own_host(make_agent, reader):
    one, other = make_agent("one"), make_agent("other")
    one.register("acc1", "acc2")
    other.register("acc1", {"account_label": "acc3", "note": "theirs"})

    one.register({"account_label": "acc1", "note": "ours"})

    notes = {(item["host"], item["account_label"]): item["registry"]["note"] for item in reader.latest()}
    assert notes == {("one", "acc1"): "ours", ("other", "acc1"): "", ("other", "acc3"): "theirs"}


def test_a_registry_for_another_host_is_refused(agent, make_agent, reader):
    make_agent("other").register("acc1", "acc2")

    response = agent.register("acc9", host="other")

    assert (response.status_code, response.get_json()["code"]) == (403, "host_mismatch")
    assert len(reader.latest()) == 3


def test_a_registry_may_name_its_own_host(agent):
    assert agent.register("acc1", host="mac-mini").status_code == 200


@pytest.mark.parametrize("labels", [("acc1", "acc1"), ("acc1", "ACC1")])
def test_two_labels_that_differ_at_most_in_capitals_are_refused(agent, labels):
    response = agent.register(*labels)

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_request")
    assert [account.label for account in Account.select()] == ["acc1"]


def test_an_empty_registry_removes_every_account_of_the_host(agent, reader):
    agent.register()

    assert reader.latest() == []


def test_accounts_that_are_no_longer_registered_are_listed_when_asked_for(agent, reader):
    agent.register("acc1")
    agent.register()

    assert reader.get("/registry").get_json()["items"] == []
    (item,) = reader.get("/registry?removed=1").get_json()["items"]
    assert (item["host"], item["account_label"]) == ("mac-mini", "acc1")


def test_the_agents_interval_decides_when_its_readings_are_stale(agent, reader):
    agent.send(agent.reading())

    agent.register("acc1", agent={"version": "0.1.0", "poll_interval_sec": 60})

    assert reader.item()["stale_at"] == "2026-11-22T09:24:12.000Z"


def test_the_agents_readings_on_demand_are_never_stale(agent, reader):
    agent.send(agent.reading())
    revision = reader.revision()

    agent.register("acc1", agent={"manual_refresh": True})

    assert reader.item()["stale_at"] is None
    assert reader.revision() != revision
