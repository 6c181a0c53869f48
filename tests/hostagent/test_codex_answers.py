"""What recorded answers of real codex programs mean, held against a table that was written by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from hostagent.accounts import Account
from hostagent.codex_answers import Identity, Replies, is_too_old
from hostagent.providers.codex_faults import find_fault
from hostagent.providers.codex_readings import normalize, window_name
from hostagent.snapshot import ERROR_CODES, LOGIN_CODES

SAMPLES = Path(__file__).parent.parent / "samples/codex"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
ACCOUNT = Account("acc1", "codex", Path("/accounts/acc1"), Path("/accounts/acc1/.codex"))


def read_sample(name: str) -> tuple[dict[str, Any], Replies]:
    sample = json.loads((SAMPLES / name).read_text())
    is_ended = sample["rateLimits_read"] is None and sample["initialize"] is None
    return sample, Replies(sample["initialize"], sample["account_read"], sample["rateLimits_read"], is_ended)


def code_of(sample: dict[str, Any], replies: Replies) -> str | None:
    # The provider asks `codex --version` before it starts app-server, since the oldest ones answer nothing at all.
    if is_too_old(sample["version"]):
        return "codex_too_old"
    fault = find_fault(replies)
    return fault.code if fault else None


def test_every_recorded_answer_has_its_row():
    assert {path.name for path in SAMPLES.glob("*.json")} - {"expected.json"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_answer_has_the_code_of_the_table(name):
    sample, replies = read_sample(name)

    code = code_of(sample, replies)

    assert code == EXPECTED[name]["code"]
    assert code is None or code in ERROR_CODES


@pytest.mark.parametrize("name", [name for name, row in EXPECTED.items() if row["code"] is None])
def test_a_recorded_reading_has_the_values_of_the_table(name):
    expected = EXPECTED[name]
    _, replies = read_sample(name)

    normalized = normalize(replies, ACCOUNT, Identity())

    assert {key: window["usedPercent"] for key, window in normalized["windows"].items()} == expected["windows"]
    assert (normalized["blocked"] or {}).get("reason") == expected["blocked"]
    assert normalized["rate_planType"] == expected["plan"]
    assert normalized["account_email"] == expected["email"]


def test_the_table_tells_a_needed_login_from_other_failures():
    for name, row in EXPECTED.items():
        if row["code"] is not None:
            expected = "login_required" if row["code"] in LOGIN_CODES else "error"
            assert row["state"] == expected, name


def rate_limits(**main: Any) -> Replies:
    return Replies(rate_limits={"id": 2, "result": {"rateLimits": main}})


def test_a_window_is_named_by_its_duration_not_by_its_slot():
    replies = rate_limits(primary={"usedPercent": 3, "windowDurationMins": 10080, "resetsAt": 1}, secondary=None)

    windows = normalize(replies, ACCOUNT, Identity())["windows"]

    assert list(windows) == ["weekly"]
    assert windows["weekly"]["source"] == "primary"


@pytest.mark.parametrize(
    ("minutes", "name"),
    [(300, "5h"), (301, "5h"), (304, "304m"), (10080, "weekly"), (43200, "monthly"), (60, "60m"), (None, "primary")],
)
def test_a_duration_within_one_percent_has_the_known_name(minutes, name):
    assert window_name(minutes, "primary") == name


def test_two_windows_of_one_duration_are_both_kept():
    window = {"usedPercent": 3, "windowDurationMins": 300, "resetsAt": 1}

    windows = normalize(rate_limits(primary=window, secondary=window), ACCOUNT, Identity())["windows"]

    assert sorted(windows) == ["5h", "secondary"]


def test_left_percent_stays_between_nothing_and_all():
    primary = {"usedPercent": 130, "windowDurationMins": 300}
    secondary = {"usedPercent": -5, "windowDurationMins": 10080}

    windows = normalize(rate_limits(primary=primary, secondary=secondary), ACCOUNT, Identity())["windows"]

    assert [window["leftPercent"] for window in windows.values()] == [0, 100]
    assert [window["usedPercent"] for window in windows.values()] == [130, -5]


def test_a_block_lasts_until_the_last_used_up_window_resets():
    replies = rate_limits(
        primary={"usedPercent": 100, "windowDurationMins": 300, "resetsAt": 100},
        secondary={"usedPercent": 100, "windowDurationMins": 10080, "resetsAt": 900},
        rateLimitReachedType="rate_limit_reached",
    )

    assert normalize(replies, ACCOUNT, Identity())["blocked"] == {"reason": "rate_limit_reached", "until": 900}


def test_an_expected_email_is_compared_without_case():
    account = Account("acc1", "codex", Path("/a"), Path("/a/.codex"), expected_email=" You@Example.com")

    normalized = normalize(rate_limits(), account, Identity(email="you@example.com"))

    assert normalized["expected_email_match"] is True


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"rateLimits": None},
        {"rateLimits": []},
        [],
        "text",
        None,
        {"rateLimits": 3},
    ],
)
def test_a_result_without_limits_is_a_bad_payload(result):
    fault = find_fault(Replies(rate_limits={"id": 2, "result": result}))

    assert fault is not None
    assert fault.code == "bad_payload"


@pytest.mark.parametrize(
    "main",
    [
        {"primary": "full", "secondary": [1]},
        {"primary": {"usedPercent": True, "resetsAt": "soon", "windowDurationMins": {}}},
        {"primary": {"usedPercent": 10**30, "resetsAt": 2**53, "windowDurationMins": 1e300}},
        {"credits": "many", "individualLimit": [], "planType": 7, "limitId": {}},
    ],
)
def test_hostile_values_become_missing_ones(main):
    replies = rate_limits(**main)

    normalized = normalize(replies, ACCOUNT, Identity())

    assert find_fault(replies) is None
    assert all(window["usedPercent"] is None for window in normalized["windows"].values())
    assert normalized["credits"] is None


def test_a_refused_login_is_not_read_from_an_upstream_body():
    message = "failed to fetch codex rate limits: GET https://x failed: 500 Oops; body=GET https://y failed: 401 no"

    fault = find_fault(Replies(rate_limits={"id": 2, "error": {"code": -32603, "message": message}}))

    assert fault is not None
    assert (fault.code, fault.status) == ("upstream_error", 500)
