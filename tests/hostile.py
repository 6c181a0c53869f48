"""Bodies that nobody should send, to every route that takes one: thousands, always the same."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Steps = tuple[str | int, ...]

_WINDOW = {
    "source": "primary",
    "usedPercent": 42,
    "leftPercent": 58.5,
    "windowDurationMins": 300,
    "resetsAt": 1795342809,
    "resetsAtIsoUtc": "2026-11-22T10:20:09Z",
    "limit": 50,
    "remaining": 49,
    "bucket": None,
}
_NORMALIZED = {
    "provider": "codex",
    "account_email": "you@example.com",
    "account_id": "a1",
    "expected_email": "you@example.com",
    "expected_email_match": True,
    "expected_planType": "plus",
    "expected_planType_match": True,
    "rate_planType": "plus",
    "credits": {"hasCredits": True, "unlimited": False, "balance": "5.39"},
    "windows": {"5h": _WINDOW, "weekly": {}},
    "limits": [{"limitId": "codex_other", "limitName": "Other", "windows": {"5h": {"usedPercent": 1}}}],
    "blocked": {"reason": "rate_limit_reached", "until": 1795342809},
    "resetCredits": {"availableCount": 1, "credits": [{"expiresAt": 1796000000}]},
    "requiresAuth": False,
}
_READING = {
    "seq": 1,
    "account_label": "acc1",
    "observed_at": "2026-11-22T09:20:09.123Z",
    "refresh_cursor": 17,
    "raw": {"rateLimits": {"primary": {"usedPercent": 42}, "list": [1, "two"]}},
    "parsed": {"userAgent": "host-agent/0.1.0", "normalized": _NORMALIZED},
}
_FAILURE = {
    "seq": 2,
    "account_label": "acc1",
    "observed_at": "2026-11-22T09:20:09Z",
    "error": {"code": "network", "message": "It did not work."},
}

# What each route takes, with every member that it may have.
DOCUMENTS: dict[str, Any] = {
    "/snapshots": {
        "epoch": "b" * 32,
        "sent_at": "2026-11-22T09:20:12.000Z",
        "items": [_READING, _FAILURE],
        "dropped": 3,
        "spool_items": 1,
        "host": "mac-mini",
        "wire_version": 1,
    },
    "/registry": {
        "accounts": [
            {
                "account_label": "acc1",
                "provider": "codex",
                "enabled": True,
                "expected_email": "you@example.com",
                "expected_planType": "plus",
                "note": "mine",
            },
            {"account_label": "acc2"},
        ],
        "host": "mac-mini",
        "agent": {
            "version": "0.1.0",
            "codex_version": "0.169.0",
            "platform": "darwin-arm64",
            "poll_interval_sec": 300,
            "manual_refresh": False,
        },
        "wire_version": 1,
    },
    "/refresh": {"accounts": [{"host": "mac-mini", "account_label": "acc1"}]},
    "/session": {"token": f"csfv_{'0' * 12}_{'0' * 64}"},
    "/tokens": {"kind": "agent", "host": "other", "read_only": False},
}

# JSON, or nearly so, that is put in the place of each value in turn.
_VALUES = {
    **{text: text for text in ("null", "true", "false", "0", "-0", "-1", "1.5", "1e2", "7.0", "01", "0x1", "1e308")},
    **{text: text for text in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "undefined", "'text'")},
    **{text: text for text in ("9007199254740993", "-9007199254740993", "9223372036854775808", "{}", "[]", "[[]]")},
    "5,000 digits": "9" * 5_000,
    "no text": '""',
    "another name": '"other"',
    "a blank": '" "',
    "NUL": r'"\u0000"',
    "NUL within": r'"acc1\u0000"',
    "half a surrogate pair": r'"\ud800"',
    "a pair the wrong way round": r'"\udc00\ud800"',
    "a line's end": r'"acc1\n"',
    "two headers": r'"a\r\nSet-Cookie: b=c"',
    "a terminal's colours": r'"\u001b[31m"',
    "text that runs backwards": r'"\u202eacc1"',
    "a raw control character": '"\x01"',
    "a path": '"../../etc/passwd"',
    "markup": '"<script>alert(1)</script>"',
    "SQL": '"\'; DROP TABLE host; --"',
    "a pattern of LIKE": '"%"',
    "2,001 emoji": f'"{"😀" * 2_001}"',
    "501 letters": f'"{"x" * 501}"',
    "the 31st of February": '"2026-02-31T09:20:12Z"',
    "a time without a zone": '"2026-11-22T09:20:12"',
    "a time before all others": '"0001-01-01T00:00:00+23:59"',
    "a time after all others": '"9999-12-31T23:59:59-23:59"',
    "a leap second": '"2026-12-31T23:59:60Z"',
    "a key twice": '{"a":1,"a":2}',
    "a prototype": '{"__proto__":{"enabled":true}}',
    "a reference": '{"$ref":"#/components/schemas/Item"}',
    "33 levels": '{"a":' * 33 + "1" + "}" * 33,
    "1,001 items": f"[{','.join(['{}'] * 1001)}]",
}
_PLACE = "\x02"

_WHOLE: dict[str, bytes] = {
    "nothing": b"",
    "a blank": b" ",
    "half a document": b'{"epoch":',
    "two documents": b"{} {}",
    "a trailing comma": b'{"accounts":[],}',
    "a comment": b"{/* */}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "UTF-32": "{}".encode("utf-32"),
    "broken UTF-8": b'{"epoch":"\xff\xfe"}',
    "an overlong slash": b'{"epoch":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"epoch":"\xed\xa0\x80"}',
    "a NUL byte": b"{\x00}",
    "only NUL bytes": b"\x00" * 1_000,
    "a form": b"epoch=1&items=2",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "msgpack": b"\x81\xa5epoch\x01",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    "deep objects": b'{"a":' * 100_000,
    "a million brackets": b"[" * 1_000_000,
    "a mebibyte of blanks": b" " * 1_048_576,
    "a mebibyte and a byte": b" " * 1_048_577,
    "a text of a megabyte": b'{"epoch":"' + b"x" * 1_000_000 + b'"}',
    "an array of documents": b"[{},{}]",
}
_HEADERS: dict[str, dict[str, str]] = {
    "no type": {"Content-Type": ""},
    "text": {"Content-Type": "text/plain"},
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "an upload": {"Content-Type": "multipart/form-data; boundary=x"},
    "nearly JSON": {"Content-Type": "application/jsonx"},
    "another charset": {"Content-Type": "application/json; charset=utf-7"},
    "an endless type": {"Content-Type": "application/json; a=" + "x" * 4_000},
    "said to be gzip": {"Content-Encoding": "gzip"},
    "said to be two things": {"Content-Encoding": "identity, gzip"},
    "too long by what it says": {"Content-Length": "1048577"},
    "far too long by what it says": {"Content-Length": "99999999999999999999"},
    "an odd Accept": {"Accept": "text/html;q=x,,;"},
    "an odd Host": {"Host": "evil.example"},
}


@dataclass(frozen=True)
class Hostile:
    name: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def list_hostile() -> list[Hostile]:
    """Some of them may be taken: what is forbidden in one place is allowed in another."""
    return [hostile for path, document in DOCUMENTS.items() for hostile in _against(path, document)]


def _against(path: str, document: Any) -> Iterator[Hostile]:
    for name, body in _WHOLE.items():
        yield Hostile(f"{path}: {name}", path, body)
    for name, headers in _HEADERS.items():
        yield Hostile(f"{path}: {name}", path, json.dumps(document).encode(), headers)
    for steps in _places(document):
        where = f"{path} {'.'.join(map(str, steps)) or 'all'}"
        for name, value in _VALUES.items():
            yield Hostile(f"{where}: {name}", path, _with_value(document, steps, value))
        for name, text in _with_other_members(_at(document, steps)):
            yield Hostile(f"{where}: {name}", path, _with_value(document, steps, text))


def _places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    yield steps
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield from _places(member, (*steps, step))


def _at(document: Any, steps: Steps) -> Any:
    for step in steps:
        document = document[step]
    return document


def _with_value(document: Any, steps: Steps, text: str) -> bytes:
    """The document with `text`, as it stands, in place of one value."""
    if not steps:
        return text.encode()
    copy = deepcopy(document)
    _at(copy, steps[:-1])[steps[-1]] = _PLACE
    return json.dumps(copy).replace(json.dumps(_PLACE), text).encode()


def _with_other_members(value: Any) -> Iterator[tuple[str, str]]:
    """An object with one member less, one twice, one by another name, and one that it does not have."""
    if not isinstance(value, dict):
        return
    for name, member in value.items():
        others = {other: value[other] for other in value if other != name}
        yield f"without {name}", json.dumps(others)
        yield f"{name} twice", json.dumps(value)[:-1] + f",{json.dumps(name)}:{json.dumps(member)}}}"
        yield f"{name} in capitals", json.dumps({**others, name.upper() + "_": member})
    for name in ("command", "", "\x00", "\ud800", "__proto__", "x" * 10_000):
        yield f"with {name[:20]!r}", json.dumps({**value, name: 1})
