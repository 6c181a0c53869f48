"""What answers of the Claude API mean, held against a table that was written by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.anthropic import MESSAGE, ORGANIZATION, error_body, limit_headers

from hostagent.accounts import Account
from hostagent.providers.anthropic_replies import (
    Answer,
    find_fault,
    find_haiku,
    keep_headers,
    normalize,
    parse_date,
    parse_document,
)
from hostagent.snapshot import ERROR_CODES, LOGIN_CODES

NOW = datetime(2026, 11, 22, 9, 20, 0, tzinfo=UTC)
SOON = "2026-11-22T09:20:12Z"
SOON_EPOCH = int(NOW.timestamp()) + 12
ACCOUNT = Account("claude_1f2e3d4c", "anthropic", Path("/accounts/c"), Path("/accounts/c/.codex"))
REQUESTS = limit_headers("ratelimit-requests", 50, 20, SOON)


def answer(status: int = 200, headers: dict[str, str] | None = None, document: Any = None) -> Answer:
    return Answer(status, headers or {}, MESSAGE if document is None else document, NOW)


def windows_of(headers: dict[str, str]) -> dict[str, Any]:
    return normalize(answer(headers=headers), ACCOUNT)["windows"]


TABLE = [
    (401, error_body("authentication_error", "invalid x-api-key"), "wrong_credentials"),
    (400, error_body("invalid_request_error", "Your credit balance is too low to use the API."), "out_of_credit"),
    (402, error_body("billing_error", "There is an issue with your payment."), "out_of_credit"),
    (400, error_body("invalid_request_error", "This organization has been disabled."), "org_disabled"),
    (403, error_body("permission_error", "This organization has been disabled."), "org_disabled"),
    (403, error_body("permission_error", "Your key may not use this resource."), "forbidden"),
    (400, error_body("invalid_request_error", "You have reached your specified API usage limits."), "spend_limit"),
    (429, error_body("rate_limit_error", "You have reached your specified usage limits."), "spend_limit"),
    (400, error_body("invalid_request_error", "No.", error_code="enforced_spend_limit_reached"), "spend_limit"),
    (429, error_body("rate_limit_error", "No.", error_code="enforced_spend_limit_reached"), "spend_limit"),
    (404, error_body("not_found_error", "model: claude-haiku-5-5"), "model_unknown"),
    (400, error_body("invalid_request_error", "messages: at least one message is required"), "upstream_error"),
    (413, error_body("request_too_large", "Request exceeds the maximum size"), "upstream_error"),
    (429, error_body("rate_limit_error", "Slow down."), "upstream_error"),
    (500, error_body("api_error", "Internal server error"), "upstream_error"),
    (504, error_body("timeout_error", "Timed out"), "upstream_error"),
    (529, error_body("overloaded_error", "Overloaded"), "upstream_error"),
    (302, {}, "upstream_error"),
]


@pytest.mark.parametrize(("status", "document", "code"), TABLE)
def test_an_error_has_the_code_of_the_table(status, document, code):
    fault = find_fault(answer(status, document=document))

    assert (fault.code, fault.status) == (code, status)
    assert code in ERROR_CODES


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429])
@pytest.mark.parametrize("document", [{}, {"error": "no"}, {"error": {"type": ["a"], "message": 7, "details": None}}])
def test_a_status_alone_says_nothing_of_the_key(status, document):
    fault = find_fault(answer(status, REQUESTS, document))

    assert fault.code == "upstream_error"
    assert fault.code not in LOGIN_CODES


def test_a_spend_limit_is_none_of_the_rate_windows():
    document = error_body("rate_limit_error", "You have reached your specified workspace API usage limits.")

    assert find_fault(answer(429, REQUESTS, document)).code == "spend_limit"


def test_a_page_in_place_of_a_message_is_no_reading():
    assert find_fault(answer(200, REQUESTS, {})).code == "bad_payload"


def test_an_organisation_without_limit_headers_is_a_reading_without_windows():
    reply = answer(200, {"anthropic-organization-id": ORGANIZATION})

    assert find_fault(reply) is None
    assert normalize(reply, ACCOUNT) == {
        "provider": "anthropic",
        "account_email": None,
        "account_id": ORGANIZATION,
        "expected_email": None,
        "expected_email_match": None,
        "expected_planType": None,
        "expected_planType_match": None,
        "rate_planType": None,
        "windows": {},
        "limits": [],
        "blocked": None,
    }


def test_a_window_says_how_much_is_left_and_when_it_is_full_again():
    assert windows_of(REQUESTS) == {
        "requests": {
            "limit": 50,
            "remaining": 20,
            "usedPercent": 60,
            "leftPercent": 40,
            "resetsAt": SOON_EPOCH,
            "resetsAtIsoUtc": SOON,
            "bucket": "per-minute",
        }
    }


def test_every_kind_of_window_has_its_name():
    names = [f"{group}-{kind}" for group in ("ratelimit", "priority", "fast") for kind in ("input-tokens", "tokens")]
    names += ["ratelimit-requests", "ratelimit-output-tokens", "ratelimit-unheard-of"]
    headers = {key: value for name in names for key, value in limit_headers(name, 9, 9, SOON).items()}

    assert set(windows_of(headers)) == {
        *("requests", "tokens", "input_tokens", "output_tokens"),
        *("priority_tokens", "priority_input_tokens", "fast_tokens", "fast_input_tokens"),
    }


@pytest.mark.parametrize("reset", ["2026-11-22T09:19:59Z", "2026-11-22T09:20:00Z", "2026-11-22T10:19:00.5+01:00"])
def test_a_reset_in_the_past_means_full(reset):
    window = windows_of(limit_headers("ratelimit-tokens", 50_000, 0, reset))["tokens"]

    assert (window["usedPercent"], window["leftPercent"]) == (0, 100)


@pytest.mark.parametrize(
    ("limit", "remaining", "left"),
    [(50_000, 1, 0.002), (100, 0, 0), (100, 250, 100), (0, 0, None), ("x", 10, None), (10, "", None)],
)
def test_what_is_left_is_never_guessed(limit, remaining, left):
    assert windows_of(limit_headers("ratelimit-tokens", limit, remaining, SOON))["tokens"]["leftPercent"] == left


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "٣", " 7 ", "9007199254740993", "9" * 5000, "NaN", "0x10"])
def test_a_number_that_is_none_is_as_good_as_absent(text):
    window = windows_of(REQUESTS | {"anthropic-ratelimit-requests-limit": text})["requests"]

    assert (window["limit"], window["leftPercent"]) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "1795342809", "2026-11-22T09:20:12", "2026-13-40T00:00:00Z", "2026-11-22"),
        *("1969-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9" * 5000),
    ],
)
def test_a_time_that_is_none_is_as_good_as_absent(text):
    window = windows_of(REQUESTS | {"anthropic-ratelimit-requests-reset": text})["requests"]

    assert (window["resetsAt"], window["resetsAtIsoUtc"], window["leftPercent"]) == (None, None, 40)


def test_a_window_of_garbage_only_does_not_exist():
    assert windows_of(limit_headers("ratelimit-requests", "many", "few", "soon")) == {}


def test_a_used_up_key_is_a_reading_that_says_until_when():
    headers = REQUESTS | limit_headers("ratelimit-input-tokens", 50_000, 0, SOON)
    reply = answer(429, headers, error_body("rate_limit_error", "This request would exceed your rate limit."))

    assert find_fault(reply) is None
    assert normalize(reply, ACCOUNT)["windows"]["input_tokens"]["leftPercent"] == 0
    assert normalize(reply, ACCOUNT)["blocked"] == {"reason": "rate_limit_reached", "until": SOON_EPOCH}


@pytest.mark.parametrize(
    ("status", "remaining", "reset", "blocked"),
    [
        (429, 0, "soon", {"reason": "rate_limit_reached", "until": None}),
        (429, 1, SOON, None),
        (200, 0, SOON, None),
    ],
)
def test_only_a_refusal_with_nothing_left_is_a_block(status, remaining, reset, blocked):
    document = MESSAGE if status == 200 else error_body("rate_limit_error")
    headers = limit_headers("ratelimit-tokens", 100, remaining, reset)

    assert normalize(answer(status, headers, document), ACCOUNT)["blocked"] == blocked


def test_a_failure_has_no_windows_but_may_tell_whose_key_it_is():
    headers = REQUESTS | {"anthropic-organization-id": ORGANIZATION}

    normalized = normalize(answer(402, headers, error_body("billing_error")), ACCOUNT)

    assert normalized["account_id"] == ORGANIZATION
    assert "windows" not in normalized


@pytest.mark.parametrize("organization", ["", "a" * 201, "<script>", "two words"])
def test_a_strange_organisation_is_as_good_as_absent(organization):
    assert normalize(answer(headers={"anthropic-organization-id": organization}), ACCOUNT)["account_id"] is None


def test_what_is_expected_of_a_key_is_told_but_never_missed():
    account = Account("c", "anthropic", Path("/a"), Path("/a"), expected_email="a@example.com", expected_plan_type="x")

    normalized = normalize(None, account)

    assert (normalized["expected_email"], normalized["expected_email_match"]) == ("a@example.com", None)
    assert (normalized["expected_planType"], normalized["expected_planType_match"]) == ("x", None)


def test_only_plain_headers_of_the_provider_are_kept():
    headers = {
        "Anthropic-Organization-Id": ORGANIZATION,
        "anthropic-future-thing": "1",
        "request-id": "req_1",
        "set-cookie": "a=b",
        "anthropic-nul": "a\0b",
        "anthropic-echo": "you sent SK-ANT-api03-secret",
        "anthropic-sk-ant-api03-secret": "1",
    }

    kept = keep_headers(headers, "sk-ant-api03-Secret")

    assert kept == {"anthropic-organization-id": ORGANIZATION, "anthropic-future-thing": "1"}


@pytest.mark.parametrize(
    ("models", "found"),
    [
        ({"data": [{"id": "claude-opus-5"}, {"id": "claude-haiku-6"}, {"id": "claude-haiku-7"}]}, "claude-haiku-6"),
        ({"data": [{"id": "claude-haiku-5-5"}, {"id": "claude-3-haiku-20240307"}]}, "claude-3-haiku-20240307"),
        ({"data": [7, None, {"id": ["haiku"]}, {"id": "claude-haiku " + "x" * 80}]}, None),
        ({"data": [{"id": "claude-haiku-" + "x" * 80}]}, None),
        ({"data": "claude-haiku-6"}, None),
        ({}, None),
    ],
)
def test_the_first_untried_haiku_of_the_list_is_taken(models, found):
    assert find_haiku(models, {"claude-haiku-5-5"}) == found


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1]", b'"a"', b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"])
def test_a_body_that_is_no_object_is_an_empty_one(content):
    assert parse_document(content) == {}


@pytest.mark.parametrize(
    "header", [None, "", "soon", "Sun, 99 Nov 2026 09:20:00 GMT", "Sun, 22 Nov 2026 09:20:00 +9999"]
)
def test_a_date_that_is_none_is_no_date(header):
    assert parse_date(header) is None


def test_the_provider_tells_its_own_time():
    assert parse_date("Sun, 22 Nov 2026 09:20:00 GMT") == NOW
