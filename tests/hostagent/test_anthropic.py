"""The probe of a Claude API key, against a Claude API on loopback."""

import json
import logging
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.anthropic import MESSAGE, ORGANIZATION, FakeAnthropic, Reply, error_body, limit_headers

from hostagent.config import read_config
from hostagent.errors import Stopped
from hostagent.probing import probe_account
from hostagent.process import StopRequest
from hostagent.providers.anthropic import DEFAULT_MODEL, FALLBACK_MODEL, probe
from hostagent.snapshot import Snapshot

KEY = "sk-ant-api03-CanaryCanaryCanary-AA"


class Host:
    """A host with one Claude account."""

    def __init__(self, folder: Path, api_url: str, stop: StopRequest) -> None:
        self.folder = folder
        self.stop = stop
        self.key_file = folder / "accounts/claude1/.secrets/anthropic_api_key.txt"
        self.key_file.parent.mkdir(parents=True)
        self.write_key(KEY + "\n")
        self.configure(api_url)

    def write_key(self, text: str) -> None:
        self.key_file.write_text(text, encoding="utf-8")
        self.key_file.chmod(0o600)

    def configure(self, api_url: str, **account: str) -> None:
        (self.folder / "hostagent.yaml").write_text(f"anthropic_api_url: {api_url}\n")
        entry = {"label": "claude1", "provider": "anthropic", **account}
        (self.folder / "accounts.json").write_text(json.dumps({"accounts": [entry]}))
        self.config, accounts = read_config(self.folder / "hostagent.yaml")
        self.account = accounts.accounts[0]

    def probe(self, deadline_seconds: float = 20) -> Snapshot:
        return probe(self.account, self.config, self.stop, deadline_seconds)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def api() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as api:
        api.answer(KEY, Reply(headers=limits(remaining=20)))
        yield api


@pytest.fixture
def host(tmp_path: Path, api: FakeAnthropic, stop: StopRequest) -> Host:
    return Host(tmp_path, api.base_url, stop)


def limits(remaining: int) -> dict[str, str]:
    reset = f"{datetime.now(UTC) + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    headers = limit_headers("ratelimit-requests", 50, remaining, reset)
    return headers | {"anthropic-organization-id": ORGANIZATION}


def code_of(snapshot: Snapshot) -> str | None:
    return snapshot.error.code if snapshot.error else None


def test_a_key_is_read_from_the_headers_of_one_small_message(host, api):
    snapshot = probe_account(host.account, host.config, host.stop)

    assert snapshot.error is None
    assert snapshot.parsed["normalized"]["windows"]["requests"]["leftPercent"] == 40
    assert snapshot.parsed["normalized"]["account_id"] == ORGANIZATION
    (request,) = api.seen
    assert (request.method, request.path) == ("POST", "/v1/messages")
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.headers["content-type"] == "application/json"
    assert request.body == {
        "model": DEFAULT_MODEL,
        "max_tokens": 1,
        "messages": [{"role": "user", "content": "quota"}],
    }


def test_raw_holds_the_headers_of_the_provider_and_no_others(host, api):
    headers = limits(remaining=20)
    api.answer(KEY, Reply(headers=headers | {"set-cookie": "a=b", "retry-after": "7"}))

    assert host.probe().raw == {"status": 200, "headers": headers, "model": DEFAULT_MODEL}


def test_a_used_up_key_is_a_reading(host, api):
    api.answer(KEY, Reply(429, limits(remaining=0), error_body("rate_limit_error", "Too many requests")))

    snapshot = host.probe()

    assert snapshot.error is None
    assert snapshot.raw["status"] == 429
    assert snapshot.parsed["normalized"]["blocked"]["reason"] == "rate_limit_reached"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("-1", None), ("1e9", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("9" * 99, None)],
)
def test_how_long_the_provider_wants_no_request_is_known(host, api, header, seconds):
    api.answer(KEY, Reply(529, {"retry-after": header}, error_body("overloaded_error", "Overloaded")))

    snapshot = host.probe()

    assert (code_of(snapshot), snapshot.retry_after_seconds) == ("upstream_error", seconds)


@pytest.mark.parametrize(("date", "left"), [("04:05:06", 40), ("04:05:16", 100), ("04:05:26", 100)])
def test_the_clock_of_the_provider_decides_whether_a_window_is_full(host, api, date, left):
    headers = limit_headers("ratelimit-requests", 50, 20, "2001-02-03T04:05:16Z")
    api.answer(KEY, Reply(headers=headers | {"date": f"Sat, 03 Feb 2001 {date} GMT"}))

    assert host.probe().parsed["normalized"]["windows"]["requests"]["leftPercent"] == left


def test_a_provider_that_tells_no_time_is_held_against_our_own_clock(host, api):
    api.answer(KEY, Reply(headers=limits(remaining=20) | {"date": "soon"}))

    assert host.probe().parsed["normalized"]["windows"]["requests"]["leftPercent"] == 40


@pytest.mark.parametrize("kind", ["none", "empty", "two lines", "not ASCII", "not text"])
def test_without_a_key_nothing_is_asked(host, api, kind):
    if kind == "none":
        host.key_file.unlink()
    elif kind == "not text":
        host.key_file.write_bytes(b"\xff\xfe\x00")
    else:
        host.write_key({"empty": "\n", "two lines": "sk-ant-a\nsk-ant-b\n", "not ASCII": "ключ"}[kind])

    snapshot = host.probe()

    assert code_of(snapshot) == "key_missing"
    assert snapshot.exit_status == os.EX_NOPERM
    assert api.seen == []


def test_a_key_file_that_cannot_be_read_is_not_a_missing_key(host):
    host.key_file.unlink()
    host.key_file.mkdir()

    assert code_of(host.probe()) == "auth_unreadable"


def test_a_key_saved_by_an_editor_with_a_byte_order_mark_works(host):
    host.write_key(f"\ufeff{KEY}\r\n")

    assert host.probe().error is None


def test_a_key_file_that_others_can_read_is_closed(host):
    host.key_file.chmod(0o644)

    assert host.probe().error is None
    assert stat.S_IMODE(host.key_file.stat().st_mode) == 0o600


def test_a_refused_key_is_said_so_and_tried_once(host, api):
    host.write_key("sk-ant-api03-another")

    snapshot = host.probe()

    assert code_of(snapshot) == "wrong_credentials"
    assert snapshot.error.message == "the provider refused the key (HTTP 401)"
    assert (snapshot.raw, len(api.seen)) == (None, 1)


def test_an_unknown_model_falls_back_and_raw_says_which_one_answered(host, api):
    api.models.remove(DEFAULT_MODEL)

    snapshot = host.probe()

    assert snapshot.raw["model"] == FALLBACK_MODEL
    assert [request.model for request in api.seen] == [DEFAULT_MODEL, FALLBACK_MODEL]


def test_at_last_the_first_haiku_of_the_list_is_asked(host, api):
    api.models = ["claude-opus-6", "claude-haiku-6", "claude-haiku-5-9"]

    snapshot = host.probe()

    assert snapshot.raw["model"] == "claude-haiku-6"
    assert [request.path for request in api.seen] == ["/v1/messages"] * 2 + ["/v1/models", "/v1/messages"]


@pytest.mark.parametrize("reply", [None, Reply(body=b"<html>"), Reply(500, body=error_body("api_error"))])
def test_without_any_model_the_reason_is_the_model(host, api, reply):
    api.models, api.models_reply = ["claude-opus-6"], reply

    snapshot = host.probe()

    assert code_of(snapshot) == "model_unknown"
    assert len(api.seen) == 3


@pytest.mark.parametrize("model", ["claude-opus-5", FALLBACK_MODEL])
def test_the_account_can_name_its_model(host, api, model):
    host.configure(api.base_url, anthropic_model=model)

    assert host.probe().raw["model"] == model
    assert len(api.seen) == 1


def test_no_model_is_asked_twice(host, api):
    host.configure(api.base_url, anthropic_model=FALLBACK_MODEL)
    api.models = []

    host.probe()

    assert [request.path for request in api.seen] == ["/v1/messages", "/v1/models"]


def test_a_redirect_is_not_followed(host, api):
    api.answer(KEY, Reply(307, {"Location": f"{api.base_url}/elsewhere"}, b""))

    assert code_of(host.probe()) == "upstream_error"
    assert len(api.seen) == 1


def test_a_page_in_place_of_an_answer_is_no_reading(host, api):
    api.answer(KEY, Reply(headers={"content-type": "text/html"}, body=b"<html>Sign in to the network</html>"))

    assert code_of(host.probe()) == "bad_payload"


def test_an_answer_without_measure_is_cut_off(host, api):
    api.answer(KEY, Reply(body=MESSAGE | {"padding": "x" * 5_000_000}))

    assert code_of(host.probe()) == "bad_payload"


def test_a_slash_at_the_end_of_the_address_does_not_matter(host, api):
    host.configure(api.base_url + "/")

    assert host.probe().error is None


def test_nobody_at_the_address_is_a_network_failure(host):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    host.configure(f"http://127.0.0.1:{port}")

    assert code_of(host.probe()) == "network"


@pytest.mark.parametrize("sent", [b"", b"not HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def test_half_an_answer_is_a_network_failure(host, sent):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host.configure(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server = threading.Thread(target=_answer_once, args=(listener, sent))
        server.start()
        snapshot = host.probe()
        server.join()

    assert code_of(snapshot) == "network"


def _answer_once(listener: socket.socket, content: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(content)


def test_a_silent_provider_is_given_up_at_the_deadline(host, api):
    api.answer(KEY, Reply(is_held=True))
    started = time.monotonic()

    assert code_of(host.probe(deadline_seconds=0.3)) == "timeout"
    assert time.monotonic() - started < 1.3


def test_a_stop_does_not_wait_for_the_provider(host, api):
    api.answer(KEY, Reply(is_held=True))
    threading.Timer(0.1, host.stop.set).start()
    started = time.monotonic()

    with pytest.raises(Stopped):
        host.probe()

    assert time.monotonic() - started < 5


def test_a_netrc_entry_adds_no_login(host, api, monkeypatch):
    netrc = host.folder / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))

    assert host.probe().error is None
    assert "authorization" not in api.seen[0].headers


REPLIES = {
    "good": Reply(headers={"anthropic-organization-id": ORGANIZATION}),
    "echo in headers": Reply(headers={"anthropic-organization-id": KEY, "anthropic-echo": f"<{KEY}>"}),
    "echo in an error": Reply(401, body=error_body("authentication_error", f"invalid x-api-key {KEY}")),
    "echo in a type": Reply(400, body=error_body(KEY, KEY, error_code=KEY)),
    "echo in a page": Reply(502, body=f"<html>{KEY}</html>".encode()),
    "no models": Reply(404, body=error_body("not_found_error", KEY)),
}


@pytest.mark.parametrize("name", REPLIES)
def test_a_key_is_found_in_no_snapshot_and_no_log(host, api, caplog, name):
    api.answer(KEY, REPLIES[name])
    api.models_reply = Reply(body={"data": [{"id": f"claude-haiku-{KEY}"}]})

    with caplog.at_level(logging.DEBUG):
        snapshot = probe_account(host.account, host.config, host.stop)

    assert "Canary" not in repr(snapshot)
    assert "Canary" not in caplog.text
    assert "Canary" not in repr(api.seen)


def test_a_key_that_would_break_the_header_is_quoted_nowhere(host, caplog):
    host.write_key(f"{KEY}\rX-Other: 1")

    with caplog.at_level(logging.DEBUG):
        snapshot = probe_account(host.account, host.config, host.stop)

    assert code_of(snapshot) == "key_missing"
    assert "Canary" not in repr(snapshot) + caplog.text


def test_a_key_is_in_no_exception_that_a_dead_network_leaves_behind(host, caplog):
    host.configure("http://127.0.0.1:1")

    with caplog.at_level(logging.DEBUG):
        snapshot = host.probe()

    assert code_of(snapshot) == "network"
    assert "Canary" not in repr(snapshot) + caplog.text
