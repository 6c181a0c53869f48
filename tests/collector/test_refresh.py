"""POST /refresh and GET /refresh: what becomes of a wish, account by account."""

import pytest

from collector.models import Refresh, RefreshItem

ACC1 = {"host": "mac-mini", "account_label": "acc1"}


def wish(reader, body=None, query=""):
    response = reader.request("POST", f"/refresh{query}", json={} if body is None else body)
    assert response.status_code == 202, response.get_json()
    return response.get_json()


def report(reader, refresh_id):
    return reader.get(f"/refresh?id={refresh_id}").get_json()


def statuses(answer):
    return {
        (result["host"], result["account_label"]): (result["status"], result["code"]) for result in answer["results"]
    }


def status(reader, refresh_id):
    """Of the one account of a refresh."""
    return report(reader, refresh_id)["results"][0]["status"]


def queue(agent, query=""):
    return agent.get(f"/refresh/queue{query}").get_json()


def answer(agent, cursor, **reading):
    return agent.send({**agent.reading(**reading), "refresh_cursor": cursor})


def test_a_wish_without_a_body_is_for_all_enabled_accounts(agent, make_agent, reader):
    agent.register("acc1", "gone")
    agent.register("acc1", {"account_label": "off", "enabled": False})
    make_agent("studio").register("acc1")

    response = reader.request("POST", "/refresh")

    assert response.status_code == 202
    assert statuses(response.get_json()) == {
        ("mac-mini", "acc1"): ("queued", None),
        ("studio", "acc1"): ("queued", None),
    }


def test_a_wish_can_be_for_one_host(agent, make_agent, reader):
    make_agent("studio").register("acc7")

    assert statuses(wish(reader, {"host": "studio"})) == {("studio", "acc7"): ("queued", None)}


def test_a_wish_for_no_account_is_for_none_and_not_for_all(agent, reader):
    answered = wish(reader, {"accounts": []})

    assert (answered["results"], answered["summary"]["total"]) == ([], 0)
    assert queue(agent)["refreshes"] == []


def test_what_cannot_be_read_is_refused_with_the_reason(agent, reader):
    agent.register("acc1", "gone")
    agent.register("acc1", {"account_label": "off", "enabled": False})
    labels = ("acc1", "gone", "off", "never")

    answered = wish(reader, {"accounts": [{"host": "mac-mini", "account_label": label} for label in labels]})

    assert [(result["status"], result["code"]) for result in answered["results"]] == [
        ("queued", None),
        ("refused", "removed"),
        ("refused", "disabled"),
        ("refused", "unknown_account"),
    ]
    assert answered["summary"] == {
        "ok": 0,
        "login_required": 0,
        "wrong_account": 0,
        "error": 0,
        "refused": 3,
        "expired": 0,
        "pending": 1,
        "total": 4,
    }
    assert [entry["account_label"] for entry in queue(agent)["refreshes"]] == ["acc1"]


def test_an_account_named_twice_is_asked_for_once(agent, reader):
    assert len(wish(reader, {"accounts": [ACC1, ACC1]})["results"]) == 1


def test_a_wish_is_queued_then_seen_then_answered(agent, reader):
    refresh_id = wish(reader)["refresh_id"]
    seen = []

    seen.append(status(reader, refresh_id))
    cursor = queue(agent)["cursor"]
    seen.append(status(reader, refresh_id))
    answer(agent, cursor)
    seen.append(status(reader, refresh_id))

    assert seen == ["queued", "seen", "answered"]
    assert queue(agent)["refreshes"] == []


@pytest.mark.parametrize(
    ("registered", "sent", "outcome"),
    [
        ({}, {}, "ok"),
        ({"expected_email": "other@example.com"}, {}, "wrong_account"),
        ({}, {"code": "login_required"}, "login_required"),
        ({}, {"code": "network"}, "error"),
    ],
)
def test_the_summary_tells_how_the_readings_went(agent, reader, registered, sent, outcome):
    agent.register({"account_label": "acc1", **registered})
    refresh_id = wish(reader)["refresh_id"]
    snapshot = agent.failure(**sent) if sent else agent.reading()

    agent.send({**snapshot, "refresh_cursor": queue(agent)["cursor"]})

    answered = report(reader, refresh_id)
    assert statuses(answered) == {("mac-mini", "acc1"): ("answered", None)}
    assert {name: number for name, number in answered["summary"].items() if number} == {outcome: 1, "total": 1}


def test_an_account_read_less_than_half_a_minute_ago_is_answered_at_once(agent, reader, clock):
    agent.send(agent.reading())
    clock.advance(seconds=29)

    answered = wish(reader)

    assert statuses(answered) == {("mac-mini", "acc1"): ("answered", None)}
    assert answered["summary"]["ok"] == 1
    assert queue(agent)["refreshes"] == []


def test_an_account_read_half_a_minute_ago_is_read_again(agent, reader, clock):
    agent.send(agent.reading())
    clock.advance(seconds=30)

    assert statuses(wish(reader)) == {("mac-mini", "acc1"): ("queued", None)}


def test_after_a_failure_a_moment_ago_another_attempt_is_made(agent, reader, clock):
    agent.send(agent.reading())
    clock.advance(seconds=5)
    agent.send(agent.failure("network"))

    assert statuses(wish(reader)) == {("mac-mini", "acc1"): ("queued", None)}


def test_two_wishes_for_an_account_are_one_for_its_agent_and_one_reading_answers_both(agent, reader, clock):
    first = wish(reader)["refresh_id"]
    earlier = queue(agent)["cursor"]
    clock.advance(seconds=1)
    second = wish(reader)["refresh_id"]

    open_wishes = queue(agent)["refreshes"]
    answer(agent, open_wishes[0]["cursor"])

    assert len(open_wishes) == 1
    assert open_wishes[0]["cursor"] > earlier
    assert (status(reader, first), status(reader, second)) == ("answered", "answered")


def test_a_probe_that_began_before_a_wish_answers_only_the_earlier_one(agent, reader):
    first = wish(reader)["refresh_id"]
    cursor = queue(agent)["cursor"]
    second = wish(reader)["refresh_id"]

    answer(agent, cursor)

    assert (status(reader, first), status(reader, second)) == ("answered", "queued")
    assert len(queue(agent)["refreshes"]) == 1


def test_a_snapshot_nobody_wished_for_answers_nothing(agent, reader):
    refresh_id = wish(reader)["refresh_id"]

    agent.send(agent.reading())

    assert status(reader, refresh_id) == "queued"


def test_a_cursor_from_the_future_answers_no_future_wish(agent, reader, clock):
    wish(reader)
    answer(agent, 2**53)
    clock.advance(minutes=1)

    refresh_id = wish(reader)["refresh_id"]

    assert status(reader, refresh_id) == "queued"
    assert len(queue(agent)["refreshes"]) == 1


def test_a_cursor_without_any_wish_answers_no_later_one(agent, reader, clock):
    answer(agent, 2**53)
    clock.advance(minutes=1)

    assert statuses(wish(reader)) == {("mac-mini", "acc1"): ("queued", None)}


def test_a_snapshot_sent_again_answers_no_later_wish(agent, reader, clock):
    wish(reader)
    snapshot = {**agent.reading(), "refresh_cursor": queue(agent)["cursor"]}
    agent.send(snapshot)
    clock.advance(minutes=1)
    refresh_id = wish(reader)["refresh_id"]

    assert agent.send(snapshot) == [("duplicate", None)]

    assert status(reader, refresh_id) == "queued"


def test_a_host_answers_only_for_itself(agent, make_agent, reader):
    refresh_id = wish(reader, {"host": "mac-mini"})["refresh_id"]
    studio = make_agent("studio")
    studio.register("acc1")

    answer(studio, 2**53)

    assert status(reader, refresh_id) == "queued"
    assert queue(studio)["refreshes"] == []


def test_a_wish_expires_after_ten_minutes(agent, reader, clock):
    refresh_id = wish(reader)["refresh_id"]

    clock.advance(minutes=9, seconds=59)
    assert (status(reader, refresh_id), len(queue(agent)["refreshes"])) == ("queued", 1)

    clock.advance(seconds=1)
    assert (status(reader, refresh_id), queue(agent)["refreshes"]) == ("expired", [])
    assert report(reader, refresh_id)["summary"]["expired"] == 1


def test_a_host_that_asks_seldom_has_twice_its_interval(agent, reader, clock):
    agent.register("acc1", agent={"poll_interval_sec": 3600})
    refresh_id = wish(reader)["refresh_id"]

    clock.advance(minutes=119)
    assert (status(reader, refresh_id), len(queue(agent)["refreshes"])) == ("queued", 1)

    clock.advance(minutes=1)
    assert (status(reader, refresh_id), queue(agent)["refreshes"]) == ("expired", [])


@pytest.mark.parametrize(
    ("accounts", "code"),
    [(["acc2"], "removed"), ([{"account_label": "acc1", "enabled": False}, "acc2"], "disabled")],
)
def test_an_account_taken_away_meanwhile_is_refused(agent, reader, accounts, code):
    refresh_id = wish(reader)["refresh_id"]

    agent.register(*accounts)

    assert statuses(report(reader, refresh_id)) == {("mac-mini", "acc1"): ("refused", code)}
    assert queue(agent)["refreshes"] == []


def test_a_refresh_is_forgotten_after_a_day(agent, reader, clock):
    refresh_id = wish(reader)["refresh_id"]
    clock.advance(days=1)

    other_id = wish(reader)["refresh_id"]

    response = reader.get(f"/refresh?id={refresh_id}")
    assert (response.status_code, response.get_json()["code"]) == (404, "unknown_refresh")
    assert [refresh.id for refresh in Refresh.select()] == [other_id]
    assert RefreshItem.select().count() == 1


@pytest.mark.parametrize("query", ["", "?id=", "?id=1", f"?id={'0' * 32}", f"?id={'%00' * 32}"])
def test_an_id_of_no_refresh_is_not_found(reader, query):
    response = reader.get(f"/refresh{query}")

    assert (response.status_code, response.get_json()["code"]) == (404, "unknown_refresh")


@pytest.mark.parametrize(
    "body",
    [
        {"accounts": None},
        {"host": None},
        {"accounts": [ACC1], "host": "mac-mini"},
        {"accounts": [{"account_label": "acc1"}]},
        {"accounts": [{**ACC1, "command": "rm"}]},
        {"accounts": ["acc1"]},
        {"host": "../etc"},
        {"all": True},
        {"accounts": [ACC1] * 1001},
        [],
    ],
)
def test_a_body_that_says_something_else_is_refused_and_nothing_is_wished(agent, reader, body):
    response = reader.request("POST", "/refresh", json=body)

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_request")
    assert queue(agent)["refreshes"] == []


def test_a_body_of_unknown_length_is_refused_and_not_taken_for_none(agent, reader):
    response = reader.request(
        "POST", "/refresh", data=b"", headers={"Transfer-Encoding": "chunked"}, content_type="application/json"
    )

    assert response.status_code == 411
    assert queue(agent)["refreshes"] == []


@pytest.mark.parametrize("path", ["/refresh?id={id}&wait={wait}", "/latest?wait={wait}"])
@pytest.mark.parametrize("wait", ["-1", "soon", "1,5", "0x10", "٣", "", "nan", "9" * 10])
def test_a_time_to_wait_that_is_none_is_refused(reader, path, wait):
    response = reader.get(path.format(id="0" * 32, wait=wait))

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_request")


def test_a_page_of_another_site_cannot_wish(agent, reader, make_page):
    page = make_page(token=reader.token)
    page.sends = {"Sec-Fetch-Site": "cross-site"}

    response = page.request("POST", "/refresh")

    assert (response.status_code, response.get_json()["code"]) == (403, "cross_origin")
    assert queue(agent)["refreshes"] == []


def test_many_accounts_are_wished_for_at_once(agent, reader):
    labels = [f"acc{number}" for number in range(1000)]
    agent.register(*labels)

    answered = wish(reader, {"accounts": [{"host": "mac-mini", "account_label": label} for label in labels]})

    assert answered["summary"]["pending"] == 1000
    assert [result["account_label"] for result in answered["results"]] == labels


def test_a_new_wish_does_not_prolong_an_older_one(agent, reader, clock):
    first = wish(reader)["refresh_id"]
    clock.advance(minutes=9)
    second = wish(reader)["refresh_id"]

    clock.advance(minutes=2)

    assert (status(reader, first), status(reader, second)) == ("expired", "queued")
    assert len(queue(agent)["refreshes"]) == 1
