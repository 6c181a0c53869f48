"""GET /metrics: what Prometheus reads of the fleet."""

import re
import time

import pytest
from databases import on_any_database
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from collector.states import State

# An hour after the tests' clock starts.
RESETS_AT = 1795342812
EMAIL_LABEL = "acc_you_example.com"


@pytest.fixture
def scrape(reader):
    """A function that gives the series of one scrape: values by name and label values, the latter by their names."""

    def ask(query: str = "?labels=1") -> dict[tuple[str, ...], float]:
        return series(parse_text(reader.get(f"/metrics{query}").text))

    return ask


def series(families):
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


def reading(agent, label="acc1", **windows):
    item = agent.reading(label)
    item["parsed"]["normalized"]["windows"] = windows
    return item


def test_each_number_is_that_of_latest(make_agent, agent, reader, scrape, clock):
    other = make_agent("other")
    other.register({"account_label": "claude-1", "provider": "anthropic"}, {"account_label": "off", "enabled": False})
    agent.register("acc1", "acc2")
    windows = {
        "5h": {"usedPercent": 42, "leftPercent": 58, "resetsAt": RESETS_AT},
        "weekly": {"usedPercent": 120.5, "resetsAt": RESETS_AT + 0.5},
        "90m": {"leftPercent": 75},
        "unknown": {"usedPercent": None},
    }
    agent.send(reading(agent, "acc1", **windows))
    clock.advance(seconds=100)
    agent.send(agent.failure("login_required", "acc1"))

    found = scrape()

    acc1 = ("acc1", "mac-mini", "codex")
    latest = {item["account_label"]: item for item in reader.latest()}
    assert found["fleet_window_used_ratio", *acc1, "5h"] == 0.42
    assert found["fleet_window_used_ratio", *acc1, "weekly"] == 1.205
    assert found["fleet_window_used_ratio", *acc1, "90m"] == 0.25
    assert ("fleet_window_used_ratio", *acc1, "unknown") not in found
    assert found["fleet_window_reset_timestamp_seconds", *acc1, "5h"] == RESETS_AT
    assert found["fleet_window_reset_timestamp_seconds", *acc1, "weekly"] == RESETS_AT + 0.5
    assert found["fleet_reading_age_seconds", *acc1] == 100
    assert [name for name in found if name[0] == "fleet_reading_age_seconds"] == [("fleet_reading_age_seconds", *acc1)]
    for item in latest.values():
        account = (item["account_label"], item["host"], item["provider"])
        states = {state: found["fleet_account_state", *account, state] for state in State}
        assert states == {state: float(state == item["state"]) for state in State}
    assert latest["acc1"]["state"] == "login_required"
    for host in reader.get("/hosts").get_json()["items"]:
        assert found["fleet_host_last_contact_timestamp_seconds", host["host"]] == pytest.approx(clock().timestamp())


def test_no_label_is_in_it_unless_it_is_asked_for(agent, make_agent, reader):
    agent.register("acc1", {"account_label": EMAIL_LABEL, "expected_email": "you@example.com"})
    make_agent("other").register(EMAIL_LABEL)
    agent.send(agent.reading(EMAIL_LABEL))

    masked, again, shown = (reader.get(f"/metrics{query}").text for query in ("", "?labels=0", "?labels=1"))

    assert "example" not in masked
    assert "@" not in masked
    assert masked == again
    names = re.findall(r'fleet_account_state\{account="([^"]*)",host="([^"]*)",provider="codex",state="ok"\}', masked)
    assert [host for _, host in names] == ["mac-mini", "mac-mini", "other"]
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name, _ in names)
    # Hosts share the name of a login, as they share its label.
    assert len({name for name, _ in names}) == 2
    assert f'account="{EMAIL_LABEL}"' in shown
    assert "@" not in shown


def test_a_mask_cannot_be_guessed_from_another_database(agent, reader, scrape):
    from collector.database import run

    before = scrape("")
    run("UPDATE fleet SET mask_key = ?", ("0" * 32,))

    assert not {name for name in before if name[0] == "fleet_account_state"} & scrape("").keys()


def test_of_a_window_that_began_anew_only_its_reset_and_its_age_are_left(agent, scrape, clock):
    agent.send(reading(agent, **{"5h": {"usedPercent": 99, "resetsAt": RESETS_AT}, "weekly": {"usedPercent": 7}}))
    clock.advance(minutes=59)
    assert scrape()["fleet_window_used_ratio", "acc1", "mac-mini", "codex", "5h"] == 0.99

    clock.advance(minutes=1)

    found = scrape()
    assert ("fleet_window_used_ratio", "acc1", "mac-mini", "codex", "5h") not in found
    assert found["fleet_window_reset_timestamp_seconds", "acc1", "mac-mini", "codex", "5h"] == clock().timestamp()
    assert found["fleet_window_used_ratio", "acc1", "mac-mini", "codex", "weekly"] == 0.07
    assert found["fleet_reading_age_seconds", "acc1", "mac-mini", "codex"] == 3600


def test_a_reading_that_waited_in_a_spool_is_as_old_as_its_probe(agent, scrape, clock):
    waiting = agent.reading()
    clock.advance(hours=3)

    agent.send(waiting)

    assert scrape()["fleet_reading_age_seconds", "acc1", "mac-mini", "codex"] == 3 * 3600


def test_a_bucket_is_no_window(agent, scrape):
    agent.send(reading(agent, requests={"usedPercent": 99, "resetsAt": RESETS_AT, "bucket": "per-minute"}))

    assert not [name for name in scrape() if name[0].startswith("fleet_window")]


def test_what_hosts_push_is_counted(agent, make_agent, scrape):
    make_agent("silent")
    agent.send(agent.reading(seq=1), agent.reading(seq=2), agent.reading("nobody", seq=3), dropped=4, spool_items=5)
    agent.send(agent.reading(seq=1), {**agent.reading(seq=2), "raw": {"other": 1}})

    found = scrape()

    assert found["fleet_snapshots_total", "mac-mini", "stored"] == 2
    assert found["fleet_snapshots_total", "mac-mini", "duplicate"] == 1
    assert found["fleet_snapshots_total", "mac-mini", "rejected"] == 2
    assert found["fleet_snapshots_dropped_total", "mac-mini"] == 4
    assert ("fleet_spool_items", "mac-mini") not in found
    assert found["fleet_snapshots_total", "silent", "stored"] == 0
    assert ("fleet_host_last_contact_timestamp_seconds", "silent") not in found


def test_every_metric_says_what_it_is(agent, reader):
    agent.send(agent.reading())

    response = reader.get("/metrics")

    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    families = list(parse_text(response.text))
    assert {family.name: family.type for family in families} == {
        "fleet_window_used_ratio": "gauge",
        "fleet_window_reset_timestamp_seconds": "gauge",
        "fleet_reading_age_seconds": "gauge",
        "fleet_account_state": "gauge",
        "fleet_host_last_contact_timestamp_seconds": "gauge",
        "fleet_spool_items": "gauge",
        "fleet_snapshots_dropped": "counter",
        "fleet_snapshots": "counter",
    }
    assert all(family.documentation for family in families)


def test_openmetrics_is_given_to_those_who_take_it(agent, reader):
    agent.send(agent.reading())
    accepted = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"

    response = reader.get("/metrics?labels=1", headers={"Accept": accepted})

    assert response.content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert series(parse_openmetrics(response.text)) == series(parse_text(reader.get("/metrics?labels=1").text))


@pytest.mark.parametrize("accepted", ["text/plain;version=abc", "application/openmetrics-text;version=9.x", "", "*/*"])
def test_whatever_is_accepted_there_is_an_answer(reader, accepted):
    assert reader.get("/metrics", headers={"Accept": accepted}).status_code == 200


@pytest.mark.parametrize("query", ["?labels=yes", "?labels=", "?labels=1&labels=1"])
def test_a_way_to_name_accounts_that_does_not_exist_is_refused(reader, query):
    assert reader.get(f"/metrics{query}").status_code == 422


@on_any_database
def test_a_thousand_accounts_are_told_within_seconds(agent, reader):
    labels = [f"account-{number}" for number in range(1000)]
    agent.register(*labels)
    for start in range(0, 1000, 100):
        items = [
            reading(agent, label, **{"5h": {"usedPercent": 1, "resetsAt": RESETS_AT}}) for label in labels[start:][:100]
        ]
        agent.send(*items)
    started = time.process_time()

    response = reader.get("/metrics")

    assert time.process_time() - started < 2
    assert len(next(iter(parse_text(response.text))).samples) == 1000
