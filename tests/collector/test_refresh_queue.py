"""GET /refresh/queue: what an agent gets to know, and when."""

from datetime import timedelta

import pytest
from background import ANSWERS_WITHIN_SECONDS, in_background

from collector.database import run
from collector.models import RefreshQueue
from collector.queries import tokens
from collector.routes import refresh


def wish(reader, **body):
    assert reader.post("/refresh", body).status_code == 202


def queue(agent, query=""):
    return agent.get(f"/refresh/queue{query}").get_json()


def labels(answer):
    return [entry["account_label"] for entry in answer["refreshes"]]


def micros(moment):
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def test_the_queue_holds_nothing_but_labels_and_cursors(agent, reader, clock):
    wish(reader)

    now = micros(clock())
    assert queue(agent) == {"refreshes": [{"account_label": "acc1", "cursor": now}], "cursor": now}


def test_a_host_that_nobody_wished_anything_of_has_an_empty_queue(agent):
    assert queue(agent, "?after=5") == {"refreshes": [], "cursor": 0}


def test_cursors_rise_also_while_the_clock_stands(agent, reader, clock):
    agent.register("acc1", "acc2")
    now = micros(clock())

    wish(reader)
    wish(reader, accounts=[{"host": "mac-mini", "account_label": "acc1"}])

    assert queue(agent)["refreshes"] == [
        {"account_label": "acc2", "cursor": now + 1},
        {"account_label": "acc1", "cursor": now + 2},
    ]


def test_cursors_rise_also_when_the_clock_goes_back(agent, reader, clock):
    wish(reader)
    before = queue(agent)["cursor"]
    clock.advance(hours=-1)

    wish(reader)

    assert queue(agent)["cursor"] == before + 1


def test_a_restored_database_hands_no_cursor_out_twice(agent, reader, clock):
    wish(reader)
    given = queue(agent)["cursor"]
    # A backup made before the wish.
    run("DELETE FROM wish")
    run("DELETE FROM refresh_queue")
    clock.advance(seconds=1)

    wish(reader)
    agent.send({**agent.reading(), "refresh_cursor": given})

    assert queue(agent)["cursor"] > given
    assert labels(queue(agent)) == ["acc1"]


def test_an_agent_that_starts_again_gets_all_that_is_open(agent, reader):
    agent.register("acc1", "acc2")
    wish(reader)
    first = queue(agent)

    assert queue(agent, "?after=0") == first
    assert queue(agent, f"?after={first['cursor']}") == first


def test_an_agent_that_knows_all_wishes_waits_for_a_newer_one(agent, reader, wait_until_parked):
    agent.register("acc1", "acc2")
    wish(reader, accounts=[{"host": "mac-mini", "account_label": "acc2"}])
    cursor = queue(agent)["cursor"]

    with in_background(lambda: queue(agent, f"?after={cursor}&wait=30")) as [poll]:
        wait_until_parked(1)
        wish(reader, accounts=[{"host": "mac-mini", "account_label": "acc1"}])
        answer = poll.result(ANSWERS_WITHIN_SECONDS)

    assert labels(answer) == ["acc2", "acc1"]
    assert answer["cursor"] > cursor


def test_a_wish_that_is_open_already_is_not_waited_for(agent, reader, parking):
    wish(reader)

    assert labels(queue(agent, "?after=0&wait=30")) == ["acc1"]
    assert parking.count == 0


def test_after_the_time_to_wait_the_agent_gets_what_is_open(agent, reader):
    wish(reader)
    cursor = queue(agent)["cursor"]

    assert labels(queue(agent, f"?after={cursor}&wait=0.05")) == ["acc1"]


def test_a_wish_for_another_host_wakes_nobody(agent, make_agent, reader, parking, wait_until_parked):
    studio = make_agent("studio")
    studio.register("acc7")

    with in_background(lambda: queue(agent, "?wait=30")) as [poll]:
        wait_until_parked(1)
        wish(reader, host="studio")
        wish(reader, host="mac-mini")
        answer = poll.result(ANSWERS_WITHIN_SECONDS)

    assert labels(answer) == ["acc1"]
    assert labels(queue(studio)) == ["acc7"]


def test_a_second_poll_of_a_token_ends_the_first(agent, reader, wait_until_parked):
    with in_background(
        lambda: queue(agent, "?wait=30"),
        lambda: wait_until_parked(1) or queue(agent, "?wait=30"),
    ) as [first, second]:
        ended = first.result(ANSWERS_WITHIN_SECONDS)
        wish(reader)
        answer = second.result(ANSWERS_WITHIN_SECONDS)

    assert ended["refreshes"] == []
    assert labels(answer) == ["acc1"]


def test_polls_of_two_tokens_of_a_host_both_get_the_wish(agent, make_agent, reader, wait_until_parked):
    other = make_agent("mac-mini")

    with in_background(lambda: queue(agent, "?wait=30"), lambda: queue(other, "?wait=30")) as polls:
        wait_until_parked(2)
        wish(reader)
        answers = [poll.result(ANSWERS_WITHIN_SECONDS) for poll in polls]

    assert [labels(answer) for answer in answers] == [["acc1"], ["acc1"]]


def test_a_token_revoked_while_its_poll_is_parked_gets_nothing(agent, reader, clock, wait_until_parked):
    with in_background(lambda: agent.get("/refresh/queue?wait=30")) as [poll]:
        wait_until_parked(1)
        tokens.revoke_token(agent.token.split("_")[1], clock())
        wish(reader)
        response = poll.result(ANSWERS_WITHIN_SECONDS)

    assert response.status_code == 401


def test_nobody_is_parked_for_more_than_half_a_minute(agent, parking, monkeypatch):
    asked_for = []
    monkeypatch.setattr(
        parking, "park", lambda news, seconds, wake_at=None, seat=None: asked_for.append(seconds) or True
    )

    queue(agent, "?wait=86400")

    assert asked_for == [30.0]


def test_an_agent_that_may_not_be_parked_is_told_when_to_come_back(agent, reader, parking, monkeypatch):
    wish(reader)
    cursor = queue(agent)["cursor"]
    monkeypatch.setattr(parking, "_capacity", 0)

    response = agent.get(f"/refresh/queue?after={cursor}&wait=30")

    assert (response.status_code, response.headers["Retry-After"]) == (200, "15")
    assert labels(response.get_json()) == ["acc1"]
    assert "Retry-After" not in agent.get("/refresh/queue?wait=30").headers


def test_who_waits_for_answers_and_may_not_be_parked_is_told_how_it_stands(agent, reader, parking, monkeypatch):
    monkeypatch.setattr(parking, "_capacity", 0)

    response = reader.post("/refresh?wait=30", {})

    assert (response.status_code, response.headers["Retry-After"]) == (202, "15")
    assert response.get_json()["summary"]["pending"] == 1


def test_a_waiting_wish_is_answered_when_the_last_reading_is_there(agent, reader, wait_until_parked):
    agent.register("acc1", "acc2")

    with in_background(lambda: reader.post("/refresh?wait=30", {}).get_json()) as [asking]:
        wait_until_parked(1)
        first, second = queue(agent)["refreshes"]
        agent.send({**agent.reading(first["account_label"]), "refresh_cursor": first["cursor"]})
        agent.send({**agent.failure("network", second["account_label"]), "refresh_cursor": second["cursor"]})
        answer = asking.result(ANSWERS_WITHIN_SECONDS)

    assert [result["status"] for result in answer["results"]] == ["answered", "answered"]
    assert (answer["summary"]["ok"], answer["summary"]["error"], answer["summary"]["pending"]) == (1, 1, 0)


def test_a_waiting_wish_is_answered_when_the_time_is_up(agent, reader):
    answer = reader.post("/refresh?wait=0.05", {}).get_json()

    assert answer["summary"]["pending"] == 1


def test_who_follows_a_refresh_is_told_when_its_host_has_fetched_it(agent, reader, wait_until_parked):
    refresh_id = reader.post("/refresh", {}).get_json()["refresh_id"]

    with in_background(lambda: reader.get(f"/refresh?id={refresh_id}&wait=30").get_json()) as [following]:
        wait_until_parked(1)
        queue(agent)
        answer = following.result(ANSWERS_WITHIN_SECONDS)

    assert [result["status"] for result in answer["results"]] == ["seen"]


def test_who_names_what_it_knows_of_a_refresh_is_told_at_once_what_it_has_missed(agent, reader):
    asked = reader.post("/refresh", {})
    path, known = f"/refresh?id={asked.get_json()['refresh_id']}", {"If-None-Match": asked.headers["ETag"]}
    unchanged = reader.get(f"{path}&wait=0.05", headers=known)
    queue(agent)

    # Nobody fetches anything while this waits: without the tag it would wait until its time is up.
    told = reader.get(f"{path}&wait=30", headers=known)

    assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, asked.headers["ETag"])
    assert [result["status"] for result in told.get_json()["results"]] == ["seen"]
    assert told.headers["ETag"] != asked.headers["ETag"]


def test_a_late_answer_wakes_who_waits_for_it_although_a_newer_reading_is_shown(agent, reader, wait_until_parked):
    refresh_id = reader.post("/refresh", {}).get_json()["refresh_id"]
    cursor = queue(agent)["cursor"]
    agent.send(agent.reading(seq=9))

    with in_background(lambda: reader.get(f"/refresh?id={refresh_id}&wait=30").get_json()) as [following]:
        wait_until_parked(1)
        agent.send({**agent.reading(seq=8), "refresh_cursor": cursor})
        answer = following.result(ANSWERS_WITHIN_SECONDS)

    assert [result["status"] for result in answer["results"]] == ["answered"]


def test_a_poll_is_a_sign_of_life_of_its_host(agent, reader, clock):
    clock.advance(minutes=20)

    queue(agent)

    hosts = {host["host"]: host for host in reader.get("/hosts").get_json()["items"]}
    assert hosts["mac-mini"]["state"] == "online"


def test_a_wish_reaches_its_agent_also_while_nothing_can_be_written(agent, reader, monkeypatch):
    wish(reader)
    monkeypatch.setattr("collector.database._WAIT_SECONDS", 0.05)

    from collector.database import _writing

    with _writing:
        answer = queue(agent)

    assert labels(answer) == ["acc1"]
    assert RefreshQueue.get().seen_cursor == 0


def test_the_answer_is_small_and_the_rest_comes_with_the_next_poll(agent, reader):
    names = [f"{number:03}{'x' * 190}" for number in range(1000)]
    agent.register(*names)
    wish(reader)

    got, after, sizes = [], 0, []
    while len(got) < len(names):
        response = agent.get(f"/refresh/queue?after={after}&wait=30")
        got += [label for label in labels(response.get_json()) if label not in got]
        after = response.get_json()["cursor"]
        sizes.append(len(response.data))

    assert got == names
    assert max(sizes) <= 64 * 1024
    assert len(sizes) == 4


def test_an_agent_with_a_cursor_from_elsewhere_is_told_the_right_one(agent, reader):
    wish(reader)

    assert queue(agent, f"?after={2**53}&wait=0.05")["cursor"] == queue(agent)["cursor"]


@pytest.mark.parametrize("after", ["-1", "1.5", "x", "", "1" * 17, "٣"])
def test_a_cursor_that_is_none_is_refused(agent, after):
    response = agent.get(f"/refresh/queue?after={after}")

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_request")


def test_only_the_newest_poll_of_a_token_is_not_woken():
    polls = refresh.QueuePolls()

    seats = [polls.begin("a"), polls.begin("b"), polls.begin("a")]

    assert [seat.wake.is_set() for seat in seats] == [True, False, False]


def test_a_cursor_is_within_what_every_reader_of_json_keeps(clock):
    assert micros(clock() + timedelta(days=365 * 200)) < 2**53


def test_a_reader_whose_token_is_revoked_while_it_is_parked_gets_nothing(agent, reader, clock, wait_until_parked):
    revision = reader.revision()

    with in_background(lambda: reader.get(f"/latest?since={revision}&wait=30")) as [waiting]:
        wait_until_parked(1)
        tokens.revoke_token(reader.token.split("_")[1], clock())
        agent.send(agent.reading())
        response = waiting.result(ANSWERS_WITHIN_SECONDS)

    assert response.status_code == 401
