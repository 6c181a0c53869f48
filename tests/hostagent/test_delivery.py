"""What the collector's answers do to what waits. Loopback HTTP, no collector: its strange answers are the point."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from hostagent.collector_client import Collector
from hostagent.config import Config, read_config
from hostagent.delivery import deliver
from hostagent.errors import CollectorMisplaced, CollectorUnavailable, ConfigError, TokenRefused
from hostagent.spool import Spool

TOKEN = "csfa_0123456789ab_secret"
PROBLEM = "application/problem+json"


@pytest.fixture
def config(tmp_path: Path, httpserver: HTTPServer) -> Config:
    (tmp_path / "accounts.json").write_text('{"accounts": []}')
    (tmp_path / "collector.token").write_text(TOKEN + "\n")
    (tmp_path / "hostagent.yaml").write_text(f"collector_url: {httpserver.url_for('/')}\nhost: h")
    return read_config(tmp_path / "hostagent.yaml")[0]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    spool = Spool(tmp_path / "state")
    spool.add([{"account_label": label} for label in ("a", "b", "c")])
    return spool


def problem(status: int, code: str) -> Response:
    return Response(json.dumps({"code": code, "status": status, "detail": "x"}), status, content_type=PROBLEM)


def results(request: Request, status: str = "stored", code: str | None = None) -> Response:
    items: list[dict[str, Any]] = json.loads(request.data)["items"]
    body = {"ok": True, "results": [{"seq": item["seq"], "status": status, "code": code} for item in items]}
    return Response(json.dumps(body), content_type="application/json")


def test_what_was_stored_or_known_already_is_forgotten(config, spool, httpserver):
    httpserver.expect_request("/snapshots").respond_with_handler(lambda request: results(request, "duplicate"))

    delivery = deliver(spool, Collector(config), dict)

    assert (delivery.delivered, delivery.refused) == (3, [])
    assert spool.count_items() == 0


def test_the_request_carries_the_token_and_no_host_of_netrc(config, spool, httpserver, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login mallory password x\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    httpserver.expect_request("/snapshots").respond_with_handler(results)

    deliver(spool, Collector(config), dict)

    assert httpserver.log[0][0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "answer",
    [
        Response("<html>Please log in to the Wi-Fi</html>", 200, content_type="text/html"),
        Response("{}", 200, content_type="application/json"),
        Response("[]", 200, content_type="application/json"),
        Response('{"results": [5]}', 200, content_type="application/json"),
        Response('{"results": [{"seq": 1, "status": "stored"}]}', 200, content_type="application/json"),
        Response("", 302, headers={"Location": "/elsewhere"}),
        Response("<html>413 Request Entity Too Large</html>", 413, content_type="text/html"),
        Response("no", 404),
        Response("busy", 503),
        problem(503, "database_busy"),
        problem(400, "unsupported_version"),
        problem(411, "length_required"),
    ],
)
def test_any_other_answer_keeps_everything(config, spool, httpserver, answer):
    httpserver.expect_request("/snapshots").respond_with_response(answer)

    with pytest.raises(CollectorUnavailable):
        deliver(spool, Collector(config), dict)

    assert spool.count_items() == 3
    assert [request.path for request, _ in httpserver.log] == ["/snapshots"]


@pytest.mark.parametrize(("status", "code"), [(401, "unauthenticated"), (403, "forbidden"), (403, "host_mismatch")])
def test_a_refused_token_keeps_everything_and_says_what_to_type(config, spool, httpserver, status, code):
    httpserver.expect_request("/snapshots").respond_with_response(problem(status, code))

    with pytest.raises(TokenRefused, match="collector token create"):
        deliver(spool, Collector(config), dict)

    assert spool.count_items() == 3


def test_a_bad_item_is_found_by_halving_and_set_aside(config, spool, httpserver, tmp_path):
    def refuse_b(request: Request) -> Response:
        labels = [item["account_label"] for item in json.loads(request.data)["items"]]
        return problem(422, "invalid_request") if "b" in labels else results(request)

    httpserver.expect_request("/snapshots").respond_with_handler(refuse_b)

    delivery = deliver(spool, Collector(config), dict)

    assert (delivery.delivered, delivery.refused) == (2, [("b", "invalid_request")])
    assert spool.count_items() == 0
    [aside] = (tmp_path / "state/refused").iterdir()
    assert json.loads(aside.read_text())["item"]["account_label"] == "b"


def test_what_a_refused_batch_said_was_dropped_is_told_again(config, tmp_path, httpserver):
    told = []

    def refuse_bad(request: Request) -> Response:
        body = json.loads(request.data)
        if "bad" in [item["account_label"] for item in body["items"]]:
            return problem(422, "invalid_request")
        told.append(body["dropped"])
        return results(request)

    httpserver.expect_request("/snapshots").respond_with_handler(refuse_bad)
    spool = Spool(tmp_path / "state")
    spool.add([{"account_label": "bad"}, {"account_label": "good"}], dropped=3)

    deliver(spool, Collector(config), dict)
    spool.add([{"account_label": "next"}])
    deliver(spool, Collector(config), dict)

    assert told == [0, 3]


def test_how_much_waits_is_never_less_than_nothing(config, tmp_path, httpserver):
    told = []

    def take(request: Request) -> Response:
        told.append(json.loads(request.data)["spool_items"])
        return results(request)

    httpserver.expect_request("/snapshots").respond_with_handler(take)
    spool = Spool(tmp_path / "state")
    for _ in range(3):
        spool.add([{"account_label": "a"}, {"account_label": "b"}])
    for number, path in enumerate(sorted((tmp_path / "state/spool").iterdir())[:2]):
        path.rename(path.with_name(f"{number}.batch"))

    deliver(spool, Collector(config), dict)

    assert len(told) == 3
    assert min(told) >= 0


def test_an_item_that_is_rejected_does_not_block_the_rest(config, spool, httpserver):
    httpserver.expect_request("/registry").respond_with_json({"ok": True})
    httpserver.expect_request("/snapshots").respond_with_handler(lambda r: results(r, "rejected", "unknown_account"))

    delivery = deliver(spool, Collector(config), dict)

    assert delivery.refused == [(label, "unknown_account") for label in "abc"]
    assert spool.count_items() == 0


def test_numbers_that_the_collector_knows_otherwise_are_replaced_under_a_new_epoch(config, spool, httpserver):
    epochs: list[str] = []

    def conflict_once(request: Request) -> Response:
        epochs.append(json.loads(request.data)["epoch"])
        return results(request, "rejected", "seq_conflict") if len(epochs) == 1 else results(request)

    httpserver.expect_request("/snapshots").respond_with_handler(conflict_once)

    delivery = deliver(spool, Collector(config), dict)

    assert delivery.delivered == 3
    assert len(set(epochs)) == 2


def test_a_collector_that_always_sees_a_conflict_is_not_asked_for_ever(config, spool, httpserver):
    httpserver.expect_request("/snapshots").respond_with_handler(lambda r: results(r, "rejected", "seq_conflict"))

    deliver(spool, Collector(config), dict)

    assert len(httpserver.log) == 2
    assert spool.count_items() == 3


def test_an_answer_without_end_is_cut_off(config, spool, httpserver):
    httpserver.expect_request("/snapshots").respond_with_data(b"{" + b" " * 3_000_000, content_type="application/json")

    with pytest.raises(CollectorUnavailable):
        deliver(spool, Collector(config), dict)


@pytest.mark.parametrize("content", ["", "  \n", "two words", "\x00", "é"])
def test_a_token_file_without_a_token_says_how_to_make_one(config, content):
    config.token_file.write_text(content)

    with pytest.raises(ConfigError, match="token"):
        Collector(config)


def test_a_missing_token_file_says_how_to_make_one(config, tmp_path):
    with pytest.raises(ConfigError, match="collector token create --kind agent --host h"):
        Collector(replace(config, token_file=tmp_path / "none"))


def test_the_token_file_is_closed_to_others(config):
    config.token_file.chmod(0o644)

    Collector(config)

    assert config.token_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "result",
    [
        {"seq": [], "status": "stored"},
        {"seq": True, "status": "stored"},
        {"seq": 2**60, "status": "stored"},
        {"seq": None},
        None,
        [],
        "x",
    ],
)
def test_a_result_of_another_shape_keeps_everything(config, spool, httpserver, result):
    httpserver.expect_request("/snapshots").respond_with_json({"ok": True, "results": [result]})

    with pytest.raises(CollectorUnavailable):
        deliver(spool, Collector(config), dict)

    assert spool.count_items() == 3


@pytest.mark.parametrize("status", [302, 404, 405, 415, 426])
def test_something_else_at_the_collectors_address_is_left_for_a_person(config, spool, httpserver, status):
    httpserver.expect_request("/snapshots").respond_with_data("<html>", status=status)

    with pytest.raises(CollectorMisplaced):
        deliver(spool, Collector(config), dict)


def test_what_a_collector_says_cannot_forge_a_log_line(config, spool, httpserver):
    code = "\x1b]0;x\x07\nhostagent: forged" + "A" * 3000
    httpserver.expect_request("/snapshots").respond_with_response(problem(503, code))

    with pytest.raises(CollectorUnavailable) as caught:
        deliver(spool, Collector(config), dict)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "queue",
    [
        {"refreshes": [], "cursor": 1e999},
        {"refreshes": [], "cursor": -1},
        {"refreshes": [{"account_label": "../x", "cursor": 1}], "cursor": 1},
        {"refreshes": [{"account_label": "a", "cursor": "1"}], "cursor": 1},
        {"refreshes": {}, "cursor": None},
        {},
    ],
)
def test_wishes_of_another_shape_are_no_wishes(config, httpserver, queue):
    httpserver.expect_request("/refresh/queue").respond_with_data(
        json.dumps(queue).replace("Infinity", "1e999"), content_type="application/json"
    )

    with pytest.raises(CollectorUnavailable):
        Collector(config).open_refreshes(0, 0)
