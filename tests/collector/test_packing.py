"""The packed texts of events: small, and readable for as long as there are any."""

import json
from pathlib import Path

import pytest

from collector.packing import pack, pattern_of, unpack

SAMPLES = Path(__file__).parent.parent / "samples/codex"
# As the first release packed them, alone and with a pattern.
OLD = ('{"a":1}', '{"normalized":{"provider":"codex"}}')
OLD_PATTERN = '{"a":1}\n{"normalized":{"provider":"codex","windows":{}}}'
OLD_PACKED = (
    "01ab564a54b232ace5aa56cacb2fca4dccc9ac4a4d51b2aa562a28ca2fcb4c492d52b2524ace4f49ad50aaad0500",
    "02ab26565f6d2d00",
)


def compact(document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(
    ("raw_json", "parsed_json"),
    [
        (None, None),
        ("{}", None),
        (None, "{}"),
        (compact({"name": "雪 \n\r\u2028 🦊", "filler": "x" * 70_000}), compact({"userAgent": "é"})),
    ],
)
def test_texts_come_out_as_they_went_in(raw_json, parsed_json):
    assert unpack(pack(raw_json, parsed_json)) == (raw_json, parsed_json)


@pytest.mark.parametrize("packed", OLD_PACKED)
def test_what_an_older_release_packed_can_be_read(packed):
    assert unpack(bytes.fromhex(packed), OLD_PATTERN) == OLD


@pytest.mark.parametrize("name", ["ok_plus.json", "ok_additional_limits.json", "version_0.169.0.json"])
def test_a_later_answer_takes_a_fraction_of_its_size(name):
    raw_json = compact(json.loads((SAMPLES / name).read_text())["rateLimits_read"]["result"])
    later_json = raw_json.replace('"usedPercent":42', '"usedPercent":43').replace("1795343633", "1795361700")
    pattern = pattern_of(raw_json, "{}")

    packed = pack(later_json, "{}", pattern)

    assert len(packed) < 0.08 * len(raw_json)
    assert unpack(packed, pattern) == (later_json, "{}")


def test_what_came_before_there_was_a_pattern_is_unpacked_without_it():
    assert unpack(pack('{"a":1}', "{}"), pattern_of('{"a":1}', "{}")) == ('{"a":1}', "{}")


@pytest.mark.parametrize(("raw_json", "parsed_json"), [("{}", None), (None, "{}"), ("x" * 70_000, "{}")])
def test_not_every_text_makes_a_pattern(raw_json, parsed_json):
    assert pattern_of(raw_json, parsed_json) is None


def test_the_longest_pattern_unpacks_what_it_packed():
    text = "".join(f"{number:05}" for number in range(4_900))
    pattern = pattern_of(text, "{}")

    packed = pack(text, "{}", pattern)

    assert unpack(packed, pattern) == (text, "{}")
    assert len(packed) < 0.1 * len(text)
