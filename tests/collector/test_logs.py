"""What the collector logs: a line for each request, in which no secret stands and which nobody can forge."""

import json
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from databases import on_any_database

from collector.auth import public
from collector.logs import JsonLines, PlainLines
from collector.queries import tokens

COLLECTOR = Path(sys.executable).parent / "collector"
SECRET = "0123456789abcdef" * 4


@pytest.fixture
def logged(capsys, caplog):
    """The lines of the requests since the last look."""
    caplog.set_level(logging.INFO, "collector")

    def read() -> list[dict]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return read


@contextmanager
def serving(data_dir: Path, stderr, **variables: str):
    """`collector serve`; gives its URL."""
    environment = {"PATH": os.environ["PATH"], "COLLECTOR_DATA_DIR": str(data_dir), **variables}
    command = [COLLECTOR, "serve", "--bind", "127.0.0.1:0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True) as child:
        try:
            yield child.stdout.readline().removeprefix("Listening on ").strip()
        finally:
            child.send_signal(signal.SIGTERM)


def record(message: str, *arguments, exc_info=None) -> logging.LogRecord:
    return logging.LogRecord("collector", logging.WARNING, "", 0, message, arguments, exc_info)


@on_any_database
def test_a_request_is_told_by_its_route_its_token_and_its_outcome(reader, logged, agent):
    logged()

    response = reader.get("/latest/acc1?raw=0")

    (line,) = logged()
    assert line.pop("time").startswith("20")
    assert line.pop("duration_ms") >= 0
    assert line == {
        "level": "INFO",
        "message": "GET /latest/<label> 200",
        "request_id": response.headers["X-Request-Id"],
        "token_id": tokens.public_id(reader.token),
        "route": "/latest/<label>",
        "status": 200,
    }


@on_any_database
def test_a_refusal_is_told_too_with_the_token_that_was_refused(agent, anonymous, logged):
    logged()

    agent.get("/latest")
    anonymous.get("/latest")
    anonymous.get("/no/such/place")

    told = [(line["status"], line["route"], line["token_id"]) for line in logged()]
    assert told == [(403, "/latest", tokens.public_id(agent.token)), (401, "/latest", None), (404, None, None)]


@on_any_database
@pytest.mark.parametrize("given", ["7b2c9e1a-4f55-4d0e-9a7e-2f3b8c1d0e9f", "a", "A.b_c-9" * 6])
def test_the_id_that_a_proxy_gave_is_kept(anonymous, given):
    response = anonymous.get("/healthz", headers={"X-Request-Id": given})

    assert response.headers["X-Request-Id"] == given


@on_any_database
@pytest.mark.parametrize("given", ["", "x" * 49, SECRET, "a b", "a;b", 'a"b', "a\tb", "é", "<script>"])
def test_an_id_that_could_be_anything_else_is_replaced(anonymous, given):
    response = anonymous.get("/healthz", headers={"X-Request-Id": given})

    assert re.fullmatch("[0-9a-f]{16}", response.headers["X-Request-Id"])


@on_any_database
def test_every_answer_has_an_id_of_its_own(app, anonymous, monkeypatch):
    @public
    def crash():
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "health.show_health", crash)

    answers = [anonymous.get(path) for path in ("/healthz", "/", "/latest", "/nowhere")]
    answers.append(anonymous.get("/", headers={"Host": "evil.example"}))

    assert [answer.status_code for answer in answers] == [500, 200, 401, 404, 421]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 5


@on_any_database
def test_health_is_not_worth_a_line_while_it_is_good(app, anonymous, logged, monkeypatch):
    anonymous.get("/healthz")
    assert logged() == []

    monkeypatch.setattr("collector.migrations.is_ready", lambda: False)
    anonymous.get("/readyz")
    assert [(line["level"], line["status"]) for line in logged()] == [("ERROR", 503)]


@on_any_database
def test_whatever_is_logged_during_a_request_has_its_id(app):
    with app.test_request_context(headers={"X-Request-Id": "abc"}):
        app.preprocess_request()

        assert json.loads(JsonLines().format(record("the database failed")))["request_id"] == "abc"


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_nothing_that_is_logged_makes_a_line_of_its_own_or_speaks_to_the_terminal(form):
    text = form.format(record("%s", 'a"\r\n{"level":"INFO"}\x1b[2J\x9b2J\u2028\x00\ud800'))

    assert len(text.splitlines()) == 1
    assert text.isascii()
    assert text.isprintable()


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_no_token_code_or_session_is_logged_wherever_it_came_from(form):
    try:
        raise ValueError(f"a cookie: {SECRET}")
    except ValueError:
        text = form.format(record("csfa_0a1b2c3d4e5f_%s %s", SECRET, SECRET.upper(), exc_info=sys.exc_info()))

    assert "csfa_0a1b2c3d4e5f_..." in text
    assert SECRET not in text.lower()
    assert "ValueError" in text


def test_all_that_a_served_collector_says_is_json_without_a_secret(tmp_path):
    code = secrets.token_hex(32)
    with (tmp_path / "log").open("w") as log, serving(tmp_path / "data", log) as url:
        requests.post(f"{url}/session", json={"code": code}, headers={"Origin": url}, timeout=60)
        requests.get(
            f"{url}/latest?token=hunter2", headers={"Authorization": f"Bearer csfv_{'0' * 12}_{code}"}, timeout=60
        )
        for sent in ("GET /?secret=hunter2\r\n\r\n", f"GET / HTTP/1.1\r\nAuthorization Bearer csfv_{code}\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as caller:
                caller.sendall(sent.encode())
                caller.recv(100)

    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"time", "level", "message"} <= set.intersection(*(set(line) for line in lines))
    messages = " ".join(line["message"] for line in lines)
    for told in ("collector signin-link", "POST /session 401", "GET /latest 401", "Invalid request"):
        assert told in messages
    assert code not in text
    assert "hunter2" not in text


def test_the_level_says_how_much_is_logged(tmp_path):
    token = f"csfm_0a1b2c3d4e5f_{SECRET}"
    variables = {"COLLECTOR_LOG_LEVEL": "warning", "COLLECTOR_ADMIN_TOKEN": token}
    with (tmp_path / "log").open("w") as log, serving(tmp_path / "data", log, **variables) as url:
        assert requests.get(f"{url}/latest", timeout=60).status_code == 401

    assert (tmp_path / "log").read_text() == ""


def test_nobody_who_reads_the_log_is_no_reason_to_fail(tmp_path):
    reading_end, writing_end = os.pipe()
    with serving(tmp_path / "data", writing_end) as url:
        os.close(reading_end)
        os.close(writing_end)

        assert requests.get(f"{url}/latest", timeout=60).status_code == 401


def test_at_a_terminal_requests_are_told_in_plain_lines(tmp_path):
    reading_end, writing_end = os.openpty()
    with serving(tmp_path / "data", writing_end) as url:
        requests.get(f"{url}/latest", timeout=60)
        shown = ""
        while "GET /latest" not in shown:
            shown += os.read(reading_end, 4096).decode()
    os.close(reading_end)
    os.close(writing_end)

    assert re.search(r"\d\d:\d\d:\d\d GET /latest 401 in [0-9.]+ ms\r\n", shown)
