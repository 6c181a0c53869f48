"""Both halves stand by one wire format: what a host sends, the collector takes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hostagent.snapshot
from collector import states, strict_json, wire
from hostagent import wire_limits
from hostagent.accounts import Account, read_accounts
from hostagent.codex_answers import Identity, Replies, user_agent
from hostagent.errors import ConfigError
from hostagent.providers.codex_faults import find_fault
from hostagent.providers.codex_readings import normalize
from hostagent.snapshot import Snapshot, SnapshotError
from hostagent.wire import encode, registry_body, snapshot_item, snapshots_body

SAMPLES = Path(__file__).parent.parent / "samples/codex"
ACCOUNT = Account("acc1", "codex", Path("/a"), Path("/a/.codex"), expected_email="you@example.com")
EPOCH = "b1946ac92492d2347c6235b4d2611184"


def snapshot_of(replies: Replies) -> Snapshot:
    fault = find_fault(replies)
    return Snapshot(
        "acc1",
        datetime.now(UTC),
        {"userAgent": user_agent(replies), "normalized": normalize(replies, ACCOUNT, Identity())},
        raw=None if fault or replies.rate_limits is None else replies.rate_limits["result"],
        error=SnapshotError.from_fault(fault) if fault else None,
    )


def push(snapshot: Snapshot) -> tuple[wire.Batch, list[wire.Snapshot]]:
    items = [{"seq": 1, **snapshot_item(snapshot)}]
    return wire.parse_batch(encode(snapshots_body(EPOCH, items, 0, 1)))


@pytest.mark.parametrize("path", [p for p in SAMPLES.glob("*.json") if p.name != "expected.json"], ids=lambda p: p.stem)
def test_the_collector_takes_every_recorded_answer(path):
    sample = json.loads(path.read_text())
    snapshot = snapshot_of(Replies(sample["initialize"], sample["account_read"], sample["rateLimits_read"]))

    _, [taken] = push(snapshot)

    assert (taken.item.error is None) == (snapshot.error is None)
    assert (taken.raw_json is None) == (snapshot.raw is None)


numbers = st.integers() | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(st.characters(), max_size=400),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=9), children),
    max_leaves=12,
)
windows = st.fixed_dictionaries({}, optional=dict.fromkeys(("usedPercent", "windowDurationMins", "resetsAt"), values))
limits = st.fixed_dictionaries(
    {},
    optional={
        "primary": windows | values,
        "secondary": windows | values,
        **dict.fromkeys(
            ("limitId", "limitName", "credits", "planType", "rateLimitReachedType", "spendControlReached"), values
        ),
        "individualLimit": windows | values,
    },
)
results = st.fixed_dictionaries(
    {"rateLimits": limits},
    optional={
        "rateLimitsByLimitId": st.dictionaries(st.text(), limits | values, max_size=3) | values,
        "rateLimitResetCredits": st.fixed_dictionaries({"availableCount": values, "credits": values}) | values,
        **dict.fromkeys(("accountId", "ordinaryUsageAllowed"), values),
    },
)


@settings(max_examples=400, deadline=None)
@given(results, values, values)
def test_the_collector_takes_whatever_a_hostile_codex_answers(result, account, agent):
    replies = Replies(
        {"id": 0, "result": {"userAgent": agent}},
        {"id": 1, "result": {"account": {"email": account, "planType": account}}},
        {"id": 2, "result": result},
    )

    _, [taken] = push(snapshot_of(replies))

    assert taken.item.account_label == "acc1"


@pytest.mark.parametrize(
    "raw",
    [
        {"deep": None},
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"number": 2**60},
        {"number": float("inf")},
        {"pad": "x" * 70_000},
    ],
)
def test_an_answer_that_is_not_fit_for_the_wire_is_sent_as_its_size(raw):
    if "deep" in raw:
        for _ in range(40):
            raw = {"deep": raw}

    _, [taken] = push(Snapshot("acc1", datetime.now(UTC), {"normalized": {"provider": "codex"}}, raw))

    assert list(json.loads(taken.raw_json or "")) == ["omitted"]


def test_the_collector_takes_the_registry_of_an_accounts_file(tmp_path):
    entry = {"label": "a" * 200, "expected_email": "e" * 320, "expected_planType": "p" * 100, "note": "メ" * 2000}
    (tmp_path / "accounts.json").write_text(json.dumps({"accounts": [entry, {"label": "b", "provider": "anthropic"}]}))
    agent = {"version": "0.1.0", "codex_version": None, "platform": "linux-x86_64", "poll_interval_sec": 300}
    accounts = read_accounts(tmp_path / "accounts.json", tmp_path).accounts

    registry = wire.parse_registry(encode(registry_body("mac-mini", {**agent, "manual_refresh": False}, accounts)))

    assert [account.account_label for account in registry.accounts] == ["a" * 200, "b"]


@pytest.mark.parametrize(
    "entry",
    [
        {"note": "x" * 2001},
        {"note": "a\0b"},
        {"note": "\ud800"},
        {"expected_email": "e" * 321},
        {"expected_planType": "p" * 101},
    ],
)
def test_what_the_collector_would_refuse_is_a_fault_in_the_accounts_file(tmp_path, entry):
    (tmp_path / "accounts.json").write_text(json.dumps({"accounts": [{"label": "a", **entry}]}))

    with pytest.raises(ConfigError, match=next(iter(entry))):
        read_accounts(tmp_path / "accounts.json", tmp_path)


def test_both_halves_know_the_same_codes_and_limits():
    assert {code.value for code in wire.ErrorCode} == hostagent.snapshot.ERROR_CODES
    assert states.LOGIN_CODES == hostagent.snapshot.LOGIN_CODES
    assert wire.MAX_BODY_BYTES == wire_limits.MAX_BODY_BYTES
    assert wire.MAX_RAW_BYTES == wire_limits.MAX_RAW_BYTES
    assert strict_json.MAX_DEPTH == wire_limits.MAX_DEPTH
    assert strict_json.MAX_INTEGER == wire_limits.MAX_INTEGER
    assert rf"\A{wire_limits.LABEL.pattern}\Z" == wire.LABEL_PATTERN
    assert rf"\A{wire_limits.HOST_NAME.pattern}\Z" == wire.HOST_PATTERN


def test_a_batch_at_the_limit_is_taken_and_one_above_it_is_not():
    item: dict[str, Any] = snapshot_item(Snapshot("acc1", datetime.now(UTC), {"normalized": {"provider": "codex"}}, {}))
    items = [{"seq": seq, **item} for seq in range(wire_limits.MAX_ITEMS + 1)]

    batch, _ = wire.parse_batch(encode(snapshots_body(EPOCH, items[:-1], 0, 0)))

    assert len(batch.items) == wire_limits.MAX_ITEMS
    with pytest.raises(Exception, match="items"):
        wire.parse_batch(encode(snapshots_body(EPOCH, items, 0, 0)))
