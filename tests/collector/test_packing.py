"""The packed texts of events: small, and readable for as long as there are any."""

import json
from pathlib import Path

import pytest

from collector.packing import pack, unpack

SAMPLES = Path(__file__).parent.parent / "samples/codex"
# As the first release packed them.
OLD_RAW = '{"status":200,"headers":{"anthropic-ratelimit-requests-limit":"1000"}}'
OLD_PARSED = '{"userAgent":null,"normalized":{"provider":"anthropic","windows":{}}}'
OLD = "01aba6ac0b056a79030392eca62b22d8806e0100"


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


def test_what_an_older_release_packed_can_be_read():
    assert unpack(bytes.fromhex(OLD)) == (OLD_RAW, OLD_PARSED)


@pytest.mark.parametrize("name", ["ok_plus.json", "ok_additional_limits.json", "version_0.169.0.json"])
def test_a_recorded_answer_takes_a_fraction_of_its_size(name):
    raw_json = compact(json.loads((SAMPLES / name).read_text())["rateLimits_read"]["result"])

    packed = pack(raw_json, None)

    assert len(packed) < 0.2 * len(raw_json)
