"""Bodies nobody should send: a clear refusal, and nothing stored is touched."""

import json
import math
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stored import read_stored

from collector import strict_json
from collector.errors import InvalidJson, InvalidRequest

ITEM = {
    "seq": 7,
    "account_label": "acc1",
    "observed_at": "2026-11-22T09:20:09.123Z",
    "error": None,
    "raw": {},
    "parsed": {"normalized": {"provider": "codex", "windows": {"5h": {"usedPercent": 1}}}},
}
BATCH = {"epoch": "b" * 32, "sent_at": "2026-11-22T09:20:12.000Z", "items": [ITEM]}
REGISTRY = {"accounts": [{"account_label": "acc2"}]}


def changed(document, path, value):
    """A copy of `document` with another value at `path`, a list of keys and indexes."""
    copy = deepcopy(document)
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


def encoded(document) -> bytes:
    return json.dumps(document).encode()


NOT_JSON = {
    "only a blank": b" ",
    "half a document": b'{"epoch":',
    "two documents": b"{} {}",
    "a trailing comma": b'{"accounts":[],}',
    "UTF-16": encoded(BATCH).decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + encoded(BATCH),
    "broken UTF-8": b'{"epoch":"\xff\xfe"}',
    "a surrogate in UTF-8": b'{"epoch":"\xed\xa0\x80"}',
    "a raw control character": b'{"epoch":"\x01"}',
}

RAW = ["items", 0, "raw"]
WINDOW = ["items", 0, "parsed", "normalized", "windows", "5h"]
REFUSED_BATCHES = {
    "no object": b"[]",
    "only a number": b"7",
    "deep nesting": b"[" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "33 levels": encoded(changed(BATCH, RAW, json.loads('{"a":' * 30 + "1" + "}" * 30))),
    "NaN": encoded(changed(BATCH, RAW, {"a": math.nan})),
    "minus infinity": encoded(changed(BATCH, RAW, {"a": -math.inf})),
    "a float beyond all floats": encoded(BATCH).replace(b'"raw": {}', b'"raw": {"a": 1e999}'),
    "2^63 as a number": encoded(changed(BATCH, ["items", 0, "seq"], 2**63)),
    "2^53 + 1 in raw": encoded(changed(BATCH, RAW, {"a": 2**53 + 1})),
    "a number of 5,000 digits": encoded(BATCH).replace(b'"raw": {}', b'"raw": {"a": ' + b"9" * 5_000 + b"}"),
    "half a surrogate pair": encoded(changed(BATCH, RAW, {"a": "\ud800"})),
    "half a surrogate pair as a key": encoded(changed(BATCH, RAW, {"\udfff": 1})),
    "NUL in a text": encoded(changed(BATCH, RAW, {"a": ["b", "\0"]})),
    "NUL in a key": encoded(changed(BATCH, RAW, {"\0": 1})),
    "a key twice": encoded(BATCH).replace(b'"raw": {}', b'"raw": {"a": 1, "a": 2}'),
    "an unknown field": encoded({**BATCH, "command": "rm"}),
    "an unknown field of a very long name": encoded({**BATCH, "x" * 500_000: 1}),
    "an unknown field of an item": encoded(changed(BATCH, ["items", 0, "url"], "http://example.com")),
    "an unknown field of a window": encoded(changed(BATCH, [*WINDOW, "path"], "/etc")),
    "no epoch": encoded({name: value for name, value in BATCH.items() if name != "epoch"}),
    "an epoch that is none": encoded({**BATCH, "epoch": "B" * 32}),
    "an epoch with a line after it": encoded({**BATCH, "epoch": "b" * 32 + "\n"}),
    "items as an object": encoded({**BATCH, "items": {}}),
    "101 items": encoded({**BATCH, "items": [ITEM] * 101}),
    "a bool as a number": encoded(changed(BATCH, ["items", 0, "seq"], True)),
    "a text as a number": encoded(changed(BATCH, ["items", 0, "seq"], "7")),
    "a fraction as a number": encoded(changed(BATCH, ["items", 0, "seq"], 7.5)),
    "a negative number": encoded(changed(BATCH, ["items", 0, "seq"], -1)),
    "a bool as a percentage": encoded(changed(BATCH, [*WINDOW, "usedPercent"], True)),
    "a percentage beyond reason": encoded(changed(BATCH, [*WINDOW, "usedPercent"], 1e300)),
    "left over a hundred": encoded(changed(BATCH, [*WINDOW, "leftPercent"], 101)),
    "a reset beyond the calendar": encoded(changed(BATCH, [*WINDOW, "resetsAt"], 2**52)),
    "a window name with markup": encoded(changed(BATCH, [*WINDOW[:-1], "<b>"], {})),
    "a label with a slash": encoded(changed(BATCH, ["items", 0, "account_label"], "../acc1")),
    "an empty label": encoded(changed(BATCH, ["items", 0, "account_label"], "")),
    "a label of 201 letters": encoded(changed(BATCH, ["items", 0, "account_label"], "a" * 201)),
    "an unknown error code": encoded(changed(BATCH, ["items", 0, "error"], {"code": "bad_day", "message": ""})),
    "an error without a message": encoded(changed(BATCH, ["items", 0, "error"], {"code": "network"})),
    "an endless message": encoded(changed(BATCH, ["items", 0, "error"], {"code": "network", "message": "x" * 501})),
    "a reading of nothing": encoded(changed(BATCH, ["items", 0, "parsed"], None)),
    "a reading without a provider": encoded(changed(BATCH, ["items", 0, "parsed", "normalized"], {})),
    "an unknown provider": encoded(changed(BATCH, ["items", 0, "parsed", "normalized", "provider"], "acme")),
    "raw as a text": encoded(changed(BATCH, RAW, "text")),
    "a time without a zone": encoded({**BATCH, "sent_at": "2026-11-22T09:20:12"}),
    "a time as a number": encoded({**BATCH, "sent_at": 1795342809}),
    "a time before all others": encoded({**BATCH, "sent_at": "0001-01-01T00:00:00+23:59"}),
    "a time after all others": encoded(changed(BATCH, ["items", 0, "observed_at"], "9999-12-31T23:59:59-23:59")),
    "the 31st of February": encoded({**BATCH, "sent_at": "2026-02-31T09:20:12Z"}),
    "more dropped than can be": encoded({**BATCH, "dropped": 2**53}),
}

REFUSED_REGISTRIES = {
    "no accounts": b"{}",
    "an account as a text": encoded({"accounts": ["acc1"]}),
    "1,001 accounts": encoded({"accounts": [{"account_label": f"a{number}"} for number in range(1001)]}),
    "a path that wants to travel": encoded({"accounts": [{"account_label": "acc1", "home": "/home/me"}]}),
    "enabled as a number": encoded({"accounts": [{"account_label": "acc1", "enabled": 1}]}),
    "an endless note": encoded({"accounts": [{"account_label": "acc1", "note": "x" * 2001}]}),
    "a host with a line after it": encoded({"accounts": [], "host": "mac-mini\n"}),
    "an interval of nothing": encoded({"accounts": [], "agent": {"poll_interval_sec": 0}}),
}


@pytest.fixture
def everything(agent):
    """A function that reads all rows, after some were written."""
    agent.send(agent.reading())
    return read_stored


@pytest.fixture
def refusal(agent, everything):
    """Send a body that must be refused; the problem, after a look that nothing has changed."""

    def send(path: str, body: bytes, **options):
        before = everything()
        response = agent.request("POST", path, data=body, **{"content_type": "application/json", **options})
        assert 400 <= response.status_code < 500
        assert response.content_type == "application/problem+json"
        problem = response.get_json()
        assert set(problem) >= {"type", "title", "status", "code", "detail"}
        assert problem["status"] == response.status_code
        assert len(response.data) < 2_000
        assert everything() == before
        return problem

    return send


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
@pytest.mark.parametrize("path", ["/snapshots", "/registry"])
def test_what_is_not_json_is_refused(refusal, path, body):
    assert refusal(path, body)["code"] == "invalid_json"


@pytest.mark.parametrize("body", REFUSED_BATCHES.values(), ids=REFUSED_BATCHES)
def test_a_batch_that_cannot_be_is_refused_as_a_whole(refusal, body):
    problem = refusal("/snapshots", body)

    assert (problem["status"], problem["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("body", REFUSED_REGISTRIES.values(), ids=REFUSED_REGISTRIES)
def test_a_registry_that_cannot_be_is_refused(refusal, body):
    problem = refusal("/registry", body)

    assert (problem["status"], problem["code"]) == (422, "invalid_request")


def test_the_refusal_names_the_place(refusal):
    nested = refusal("/snapshots", REFUSED_BATCHES["a bool as a percentage"])
    text = refusal("/snapshots", REFUSED_BATCHES["NUL in a text"])

    assert "$.items[0].parsed.normalized.windows" in nested["detail"]
    assert "$.items[0].raw.a[1]" in text["detail"]


@pytest.mark.parametrize("version", [0, 2, "1", None, True, [], {}])
def test_an_unknown_version_is_told_before_its_unknown_fields(refusal, version):
    problem = refusal("/snapshots", encoded({**BATCH, "wire_version": version, "new_field": 1}))

    assert (problem["status"], problem["code"]) == (400, "unsupported_version")


def test_the_known_version_may_be_named(agent):
    assert agent.send(agent.reading(), wire_version=1) == [("stored", None)]


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"content_type": "text/plain"}, 415, "unsupported_media_type"),
        ({"content_type": ""}, 415, "unsupported_media_type"),
        ({"content_type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        ({"headers": {"Content-Encoding": "gzip"}}, 415, "unsupported_media_type"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, 411, "length_required"),
        ({"environ_overrides": {"CONTENT_LENGTH": "many"}}, 400, "invalid_json"),
        ({"environ_overrides": {"CONTENT_LENGTH": "1048577"}}, 413, "body_too_large"),
        ({"environ_overrides": {"CONTENT_LENGTH": "9999"}}, 400, "bad_request"),
    ],
)
def test_a_body_that_is_not_what_its_headers_must_say_is_refused(refusal, options, status, code):
    problem = refusal("/snapshots", encoded(BATCH), **options)

    assert (problem["status"], problem["code"]) == (status, code)


def test_a_request_without_a_body_is_asked_for_its_length(refusal):
    assert refusal("/snapshots", b"")["code"] == "length_required"


def test_a_body_of_just_under_a_mebibyte_is_taken(agent):
    item = agent.reading()
    item["raw"] = {"filler": "x" * 1_040_000}

    assert agent.send(item) == [("stored", None)]


@pytest.mark.parametrize(
    "change",
    [
        {"windows": {}},
        {"windows": None},
        {"windows": {"5h": {"usedPercent": 130}, "weekly": {"usedPercent": -5}, "90m": {"usedPercent": 0.5}}},
        {"windows": {"requests": {"limit": 50, "remaining": 49, "usedPercent": None, "bucket": "per-minute"}}},
        {"credits": {"hasCredits": True, "unlimited": False, "balance": "5.39"}},
        {"limits": [{"limitId": "codex_other", "limitName": None, "windows": {}}]},
        {"blocked": {"reason": "rate_limit_reached", "until": 1795342809}},
        {"resetCredits": {"availableCount": 1, "credits": [{"expiresAt": 1796000000}]}},
    ],
)
def test_what_providers_really_answer_is_taken(agent, change):
    item = agent.reading()
    item["parsed"]["normalized"].update(change)

    assert agent.send(item) == [("stored", None)]


@pytest.mark.parametrize("integer", [2**53, -(2**53)])
def test_the_largest_integers_are_taken(integer):
    assert strict_json.parse(str(integer).encode()) == integer


def test_32_levels_are_taken():
    assert strict_json.parse(b"[" * 32 + b"]" * 32) is not None


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=20,
)


@given(document=JSON_VALUES)
@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
def test_any_document_is_read_as_it_is_or_refused(document):
    with suppress(InvalidRequest):
        assert strict_json.parse(json.dumps(document).encode()) == document


@given(body=st.binary(max_size=60))
def test_any_bytes_are_json_or_refused(body):
    with suppress(InvalidJson, InvalidRequest):
        strict_json.parse(body)


TOKENS = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a":',
    '"a"',
    '"b":',
    '"\\u0061":',
    '"{["',
    '"é"',
    '"\ud800"',
    " ",
    "true",
    "null",
]
TOKENS += ["1", "-0", "7.0", "0.25", "1e3", "1E400", "9007199254740992", "9007199254740993", "12345678901234567", "NaN"]
NEARLY_JSON = st.lists(st.sampled_from(TOKENS), max_size=14).map(
    lambda parts: "".join(parts).encode(errors="surrogatepass")
)
PAIRS = st.lists(st.tuples(st.sampled_from("abc"), JSON_VALUES), max_size=4)
WITH_EQUAL_KEYS = PAIRS.map(
    lambda pairs: "{" + ",".join(f'"{key}":{json.dumps(value, ensure_ascii=False)}' for key, value in pairs) + "}"
).map(lambda text: text.encode(errors="surrogatepass"))


def outcome(read, body):
    try:
        return repr(read(body))
    except (InvalidJson, InvalidRequest) as refusal:
        return type(refusal), str(refusal)


@given(body=NEARLY_JSON | WITH_EQUAL_KEYS)
@hypothesis_settings(deadline=None, max_examples=400)
def test_the_quick_way_to_read_says_what_the_careful_one_says(body):
    assert outcome(strict_json.parse, body) == outcome(strict_json._parse_carefully, body)


@pytest.mark.parametrize(
    "document", ['{"a":1,"a":2}', '[[{"b":{}, "b":[]}]]', "[" * 33 + "]" * 33, "[9007199254740993]"]
)
def test_the_quick_way_leaves_what_has_to_be_refused_to_the_careful_one(document):
    with pytest.raises(InvalidRequest):
        strict_json.parse(document.encode())
