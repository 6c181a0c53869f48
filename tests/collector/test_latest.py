"""GET /latest and GET /latest/{label}."""

import pytest


@pytest.fixture
def two_hosts(make_agent):
    one, other = make_agent("b-host"), make_agent("a-host")
    one.register("acc2", "acc1")
    other.register("acc1", {"account_label": "claude-1", "provider": "anthropic", "enabled": False})
    return one, other


def labels(items):
    return [(item["host"], item["account_label"]) for item in items]


def test_an_item_has_exactly_the_members_of_the_api(agent, reader):
    agent.register({"account_label": "acc1", "expected_email": "you@example.com"})
    sent = agent.reading()
    agent.send(sent)

    assert reader.item() == {
        "account_label": "acc1",
        "host": "mac-mini",
        "provider": "codex",
        "state": "ok",
        "reason": None,
        "stale_at": "2026-11-22T09:36:12.000Z",
        "usable": True,
        "host_silent_since": None,
        "also_at": [],
        "ts": "2026-11-22T09:20:12.000Z",
        "observed_at": "2026-11-22T09:20:12.000Z",
        "raw": sent["raw"],
        "parsed": sent["parsed"],
        "attempted_at": "2026-11-22T09:20:12.000Z",
        "error": None,
        "registry": {
            "account_label": "acc1",
            "enabled": True,
            "provider": "codex",
            "expected_email": "you@example.com",
            "expected_planType": None,
            "note": "",
            "created_at": "2026-11-22T09:20:12.000Z",
            "updated_at": "2026-11-22T09:20:12.000Z",
        },
    }


def test_accounts_come_by_host_then_label_in_the_order_of_their_bytes(make_agent, reader):
    make_agent("b").register("acc1")
    make_agent("B").register("a1", "a-1", "a", "B")

    shown = [(item["host"], item["account_label"]) for item in reader.latest()]

    assert shown == [("B", "B"), ("B", "a"), ("B", "a-1"), ("B", "a1"), ("b", "acc1")]


def test_an_account_never_read_has_nulls_and_not_zeros(agent, reader):
    item = reader.item()

    assert (item["state"], item["usable"]) == ("pending", False)
    assert [item[name] for name in ("ts", "observed_at", "raw", "parsed", "attempted_at", "error", "stale_at")] == [
        None
    ] * 7


def test_accounts_come_by_host_then_label(two_hosts, reader):
    assert labels(reader.latest()) == [
        ("a-host", "acc1"),
        ("a-host", "claude-1"),
        ("b-host", "acc1"),
        ("b-host", "acc2"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?host=a-host", [("a-host", "acc1"), ("a-host", "claude-1")]),
        ("?host=nowhere", []),
        ("?provider=anthropic", [("a-host", "claude-1")]),
        ("?state=disabled", [("a-host", "claude-1")]),
        ("?state=pending&host=b-host", [("b-host", "acc1"), ("b-host", "acc2")]),
        ("?state=ok", []),
    ],
)
def test_the_list_can_be_narrowed(two_hosts, reader, query, expected):
    assert labels(reader.latest(query)) == expected


@pytest.mark.parametrize("query", ["?raw=2", "?state=fine", "?provider=acme", "?host=a/b", "?host="])
def test_a_filter_that_cannot_be_is_refused(reader, query):
    response = reader.get(f"/latest{query}")

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_request")


def test_raw_can_be_left_out(agent, reader):
    agent.send(agent.reading())

    (item,) = reader.latest("?raw=0")

    assert "raw" not in item
    assert item["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 42


def test_an_unknown_label_is_not_found(reader):
    for label in ("nobody", "no%20body", "%00", "a" * 300):
        response = reader.get(f"/latest/{label}")
        assert (response.status_code, response.get_json()["code"]) == (404, "unknown_account")


@pytest.mark.parametrize("path", ["/latest/acc1", "/events/acc1"])
def test_a_label_of_several_hosts_asks_for_the_host(two_hosts, reader, path):
    response = reader.get(path)

    assert response.status_code == 409
    assert response.get_json()["code"] == "ambiguous_label"
    assert response.get_json()["hosts"] == ["a-host", "b-host"]
    assert reader.get(f"{path}?host=b-host").status_code == 200
    assert reader.get(f"{path}?host=nowhere").status_code == 404


def test_a_host_that_fell_silent_makes_good_readings_stale(agent, reader, clock):
    agent.send(agent.reading())
    clock.advance(minutes=15)

    assert (reader.item()["state"], reader.item()["reason"]) == ("stale", "host_silent")


def test_a_sign_of_life_without_readings_leaves_only_old_readings_stale(agent, reader, clock):
    agent.send(agent.reading())
    clock.advance(minutes=15)
    agent.get("/session")
    assert reader.item()["state"] == "ok"

    clock.advance(minutes=1)

    assert (reader.item()["state"], reader.item()["reason"]) == ("stale", "reading_old")


def test_the_email_is_compared_with_what_is_registered_now(agent, reader):
    agent.send(agent.reading())

    agent.register({"account_label": "acc1", "expected_email": "somebody@example.com"})

    assert (reader.item()["state"], reader.item()["reason"]) == ("wrong_account", "email_differs")


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        pytest.param({}, True, id="room in every window"),
        pytest.param({"windows": {}}, True, id="no windows at all"),
        pytest.param({"windows": None}, False, id="windows not read"),
        pytest.param({"blocked": {"reason": "rate_limit_reached"}}, False, id="blocked with open windows"),
        pytest.param(
            {"windows": {"5h": {"leftPercent": 90}, "weekly": {"leftPercent": 0}}}, False, id="tightest window binds"
        ),
        pytest.param({"windows": {"5h": {"usedPercent": 130}}}, False, id="more than used up"),
        pytest.param({"windows": {"5h": {"usedPercent": None}}}, True, id="a window without a number"),
        pytest.param(
            {"windows": {"requests": {"leftPercent": 0, "bucket": "per-minute"}}}, True, id="a bucket refills"
        ),
        pytest.param({"limits": [{"limitId": "other", "windows": {"5h": {"leftPercent": 0}}}]}, True, id="side limit"),
    ],
)
def test_usable_means_that_nothing_of_the_main_limit_is_used_up(agent, reader, change, usable):
    item = agent.reading()
    item["parsed"]["normalized"].update(change)

    agent.send(item)

    assert reader.item()["usable"] is usable


def test_data_is_neither_cached_nor_guessed_at(reader):
    headers = reader.get("/latest").headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/json"


def test_what_is_neither_ascii_nor_there_goes_out_as_it_came(agent, reader):
    sent = agent.reading()
    sent["raw"] = {"note": "予備"}
    agent.register("acc1", "acc2")
    agent.send(sent)

    (read, unread) = reader.latest("?host=mac-mini")

    assert (read["raw"], unread["raw"]) == ({"note": "予備"}, None)
