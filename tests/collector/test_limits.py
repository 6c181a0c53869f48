"""What every route with a body asks of it, and the same words of refusal at each."""

import json

import pytest
from databases import on_any_database

from collector.specification import list_routes
from collector.wire import MAX_BODY_BYTES, MAX_CREDENTIAL_BYTES

pytestmark = on_any_database

# A body that each route takes, and how long it may be.
ROUTES = {
    "/registry": ({"accounts": [{"account_label": "acc1"}]}, MAX_BODY_BYTES),
    "/snapshots": ({"epoch": "b" * 32, "sent_at": "2026-11-22T09:20:12Z", "items": []}, MAX_BODY_BYTES),
    "/refresh": ({"host": "mac-mini"}, MAX_BODY_BYTES),
    "/session": ({"token": "csfv_0_0"}, MAX_CREDENTIAL_BYTES),
    "/tokens": ({"kind": "viewer"}, MAX_CREDENTIAL_BYTES),
}
REFUSED_VALUES = {
    "NaN": "NaN",
    "infinity": "-Infinity",
    "a number beyond all numbers": "1e999",
    "an integer beyond 2^53": "9007199254740993",
    "an integer of 1,000 digits": "9" * 1_000,
    "a key twice": '{"a":1,"a":1}',
    "33 levels": "[" * 32 + "]" * 32,
    "NUL": '"\\u0000"',
    "half a surrogate pair": '"\\ud800"',
}


@pytest.fixture
def send(agent, reader, admin, visitor):
    """Send a body to the route as somebody who may; the status and the problem."""
    senders = {"/registry": agent, "/snapshots": agent, "/refresh": reader, "/session": visitor, "/tokens": admin}

    def post(path: str, body: bytes, **options):
        response = senders[path].request("POST", path, data=body, **{"content_type": "application/json", **options})
        return response.status_code, response.get_json()

    return post


def body_of(path: str) -> bytes:
    return json.dumps(ROUTES[path][0]).encode()


def test_no_route_with_a_body_is_missing_here(app):
    assert set(ROUTES) == {route.path for route in list_routes(app) if route.takes.body is not None}


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"headers": {"Transfer-Encoding": "chunked"}}, 411, "length_required"),
        ({"headers": {"Content-Encoding": "gzip"}}, 415, "unsupported_media_type"),
        ({"headers": {"Content-Encoding": "identity, br"}}, 415, "unsupported_media_type"),
        ({"content_type": "text/plain"}, 415, "unsupported_media_type"),
        ({"content_type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        ({"content_type": "multipart/form-data; boundary=x"}, 415, "unsupported_media_type"),
        ({"content_type": None}, 415, "unsupported_media_type"),
    ],
)
def test_a_body_comes_whole_plain_and_as_json(send, path, options, status, code):
    told, problem = send(path, body_of(path), **options)

    assert (told, problem["code"]) == (status, code)


@pytest.mark.parametrize("path", [path for path in ROUTES if path != "/refresh"])
def test_a_body_is_never_left_out(send, path):
    status, problem = send(path, b"")

    assert (status, problem["code"]) == (411, "length_required")


@pytest.mark.parametrize("path", ROUTES)
def test_a_body_is_not_longer_than_it_may_be(send, path):
    longest = ROUTES[path][1]

    just_right, _ = send(path, body_of(path).ljust(longest))
    too_long, problem = send(path, body_of(path).ljust(longest + 1))

    assert just_right in {200, 201, 202, 401}
    assert (too_long, problem["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_body_is_utf_8(send, path, encoding):
    status, problem = send(path, body_of(path).decode().encode(encoding))

    assert (status, problem["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("value", REFUSED_VALUES.values(), ids=REFUSED_VALUES)
def test_a_value_that_nobody_may_send_is_refused_with_its_place(send, path, value):
    status, problem = send(path, body_of(path)[:-1] + f', "x": [0, {value}]}}'.encode())

    assert (status, problem["code"]) == (422, "invalid_request")
    assert " - at `$.x[1]" in problem["detail"]


@pytest.mark.parametrize("path", ROUTES)
def test_a_member_that_nobody_knows_is_refused_with_its_place(send, path):
    status, problem = send(path, body_of(path)[:-1] + b', "command": "rm"}')

    assert (status, problem["code"]) == (422, "invalid_request")
    assert problem["detail"] == "Object contains unknown field `command` - at `$`"


@pytest.mark.parametrize("path", ["/registry", "/snapshots"])
def test_a_later_version_of_the_format_is_told_from_a_mistake(send, path):
    status, problem = send(path, body_of(path)[:-1] + b', "wire_version": 2, "command": "rm"}')

    assert (status, problem["code"]) == (400, "unsupported_version")


def test_the_longest_names_are_taken(make_agent, reader):
    agent = make_agent("h" * 64)

    assert agent.register("l" * 200, host="h" * 64).status_code == 200

    assert [(item["host"], item["account_label"]) for item in reader.latest()] == [("h" * 64, "l" * 200)]


@pytest.mark.parametrize("name", ["h" * 65, "", "-h", ".h", "a b", "a/b", "h\n", "é"])
def test_a_name_that_no_host_can_have_is_refused(send, name):
    status, problem = send("/registry", json.dumps({"host": name, "accounts": []}).encode())

    assert (status, problem["code"]) == (422, "invalid_request")
    assert "`$.host`" in problem["detail"]
