"""What the Claude API's answers mean. Pure: tested against a table that was written by hand."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from hostagent.accounts import Account
from hostagent.errors import ProbeFault

# The words after `anthropic-` in a header's name, and what they put before a window's.
_PREFIXES = {"ratelimit": "", "priority": "priority_", "fast": "fast_"}
_KINDS = ("requests", "tokens", "input-tokens", "output-tokens")

_CODES_BY_MESSAGE = (
    (re.compile("organization has been disabled", re.IGNORECASE), "org_disabled"),
    (re.compile("reached your specified (.{1,100} )?usage limits", re.IGNORECASE), "spend_limit"),
    (re.compile("credit balance is too low", re.IGNORECASE), "out_of_credit"),
)
_CODES_BY_TYPE = {
    "authentication_error": "wrong_credentials",
    "billing_error": "out_of_credit",
    "permission_error": "forbidden",
    "not_found_error": "model_unknown",
}
_LAST_SECOND_OF_9999 = 253_402_300_799
_HEADER_NAME = re.compile(r"anthropic-[a-z0-9-]{1,100}")
_IDENTITY = re.compile(r"[A-Za-z0-9._-]{1,200}")
# Far shorter than a key, and without its capitals.
_HAIKU = re.compile(r"(?=[a-z0-9.-]{1,60}\Z)claude-.*haiku.*")


@dataclass(frozen=True)
class Answer:
    """One answer. `headers` are the `anthropic-*` ones, in lower case; `document` is {} where there is no object."""

    status: int
    headers: Mapping[str, str]
    document: Mapping[str, Any]
    answered_at: datetime
    retry_after_seconds: float | None = None


def find_fault(answer: Answer) -> ProbeFault | None:
    """Why this answer to a message is not a reading; None when it is one.

    The error's type and message decide, never the status alone: a proxy's 401 says nothing of the key.
    """
    if answer.status == 200:
        return None if answer.document.get("type") == "message" else ProbeFault("bad_payload", 200)
    error = _mapping(answer.document.get("error"))
    code = _code_of_error(error)
    if code is None and error.get("type") == "rate_limit_error" and answer.status == 429 and _read_windows(answer):
        return None  # the key works, a window is used up
    return ProbeFault(code or "upstream_error", answer.status)


def _code_of_error(error: Mapping[str, Any]) -> str | None:
    if _mapping(error.get("details")).get("error_code") == "enforced_spend_limit_reached":
        return "spend_limit"
    for mark, code in _CODES_BY_MESSAGE:
        if mark.search(_text(error.get("message"))):
            return code
    return _CODES_BY_TYPE.get(_text(error.get("type")))


def is_model_unknown(answer: Answer) -> bool:
    fault = find_fault(answer)
    return fault is not None and fault.code == "model_unknown"


def find_haiku(models: Mapping[str, Any], tried: Collection[str]) -> str | None:
    """The first Haiku of the provider's list of models that has not been tried yet."""
    entries = models.get("data")
    names = [_text(_mapping(entry).get("id")) for entry in (entries if isinstance(entries, list) else [])]
    return next((name for name in names if _HAIKU.fullmatch(name) and name not in tried), None)


def normalize(answer: Answer | None, account: Account) -> dict[str, Any]:
    """The wire format's `normalized`: a reading with its windows, or what is known of an account without them.

    A key tells neither an e-mail nor a plan, so what is expected of them can be neither met nor missed.
    """
    normalized = {
        "provider": "anthropic",
        "account_email": None,
        "account_id": _read_identity(answer),
        "expected_email": account.expected_email,
        "expected_email_match": None,
        "expected_planType": account.expected_plan_type,
        "expected_planType_match": None,
        "rate_planType": None,
    }
    if answer is None or find_fault(answer):
        return normalized
    windows = _read_windows(answer)
    return normalized | {"windows": windows, "limits": [], "blocked": _read_block(answer, windows)}


def read_raw(answer: Answer, model: str) -> dict[str, Any]:
    """What is kept of a good answer: where the numbers come from, and nothing of its body."""
    return {"status": answer.status, "headers": dict(answer.headers), "model": model}


def keep_headers(headers: Mapping[str, str], key: str) -> dict[str, str]:
    """The `anthropic-*` headers. One that gives the key back to us is left out, as is one that is no plain text."""
    named = ((name.lower(), value) for name, value in headers.items())
    return {
        name: value
        for name, value in named
        if _HEADER_NAME.fullmatch(name) and value.isprintable() and key.lower() not in f"{name} {value}".lower()
    }


def parse_document(content: bytes) -> dict[str, Any]:
    """The JSON object of a body; {} when it holds anything else."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def parse_date(header: str | None) -> datetime | None:
    """When the provider answered, by its own clock; None when it does not tell."""
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def parse_seconds(header: str | None) -> float | None:
    """What `retry-after` says; None where it is absent, or a date as no answer of this API has it."""
    return float(header) if header and re.fullmatch("[0-9]{1,9}", header) else None


def _read_identity(answer: Answer | None) -> str | None:
    organization = answer.headers.get("anthropic-organization-id", "") if answer else ""
    return organization if _IDENTITY.fullmatch(organization) else None


def _read_windows(answer: Answer) -> dict[str, dict[str, Any]]:
    windows = {}
    for group, prefix in _PREFIXES.items():
        for kind in _KINDS:
            window = _read_window(answer, f"anthropic-{group}-{kind}")
            if window is not None:
                windows[prefix + kind.replace("-", "_")] = window
    return windows


def _read_window(answer: Answer, name: str) -> dict[str, Any] | None:
    limit = _parse_count(answer.headers.get(f"{name}-limit"))
    remaining = _parse_count(answer.headers.get(f"{name}-remaining"))
    resets_at = _parse_reset(answer.headers.get(f"{name}-reset"))
    if limit is None and remaining is None and resets_at is None:
        return None
    # Both times are the provider's: a wrong clock of this host must not make a window look full.
    is_full = resets_at is not None and resets_at <= answer.answered_at.timestamp()
    left = 100.0 if is_full else _percent(remaining, limit)
    return {
        "limit": limit,
        "remaining": remaining,
        "usedPercent": None if left is None else round(100 - left, 6),
        "leftPercent": left,
        "resetsAt": resets_at,
        "resetsAtIsoUtc": None if resets_at is None else f"{datetime.fromtimestamp(resets_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "bucket": "per-minute",
    }


def _percent(remaining: int | None, limit: int | None) -> float | None:
    """Not rounded: one request left of 50,000 is not none."""
    return None if remaining is None or not limit else min(100.0, 100 * remaining / limit)


def _read_block(answer: Answer, windows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Which refusal this is, and when the last of the used up windows is full again (epoch seconds)."""
    used_up = [window["resetsAt"] or 0 for window in windows.values() if window["leftPercent"] == 0]
    if answer.status != 429 or not used_up:
        return None
    return {"reason": "rate_limit_reached", "until": max(used_up) or None}


def _parse_count(header: str | None) -> int | None:
    """A number that JSON of the wire format may carry; anything else is as good as absent."""
    if header is None or not re.fullmatch("[0-9]{1,16}", header):
        return None
    count = int(header)
    return count if count <= 2**53 else None


def _parse_reset(header: str | None) -> int | None:
    """Epoch seconds of an RFC 3339 time; None for what is none, or leaves the calendar."""
    try:
        moment = datetime.fromisoformat(header or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    seconds = int(moment.timestamp())
    return seconds if 0 <= seconds <= _LAST_SECOND_OF_9999 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
