"""From codex app-server's answers to the wire format's `normalized`. Pure: tested against recorded answers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hostagent.accounts import Account
from hostagent.codex_answers import Identity, Replies, mapping, result_of
from hostagent.wire_limits import (
    MAX_EMAIL,
    MAX_EPOCH_SECONDS,
    MAX_INTEGER,
    MAX_LIMITS,
    MAX_NAME,
    MAX_RESET_CREDITS,
    is_sendable,
)

_NAMES_BY_MINUTES = {300: "5h", 10_080: "weekly", 43_200: "monthly"}


def normalize(replies: Replies, account: Account, identity: Identity) -> dict[str, Any]:
    """The wire format's `normalized`: a reading with its windows, or what is known of an account without them.

    `identity` is auth.json's, for when codex does not tell whose login it is.
    """
    result = result_of(replies.rate_limits)
    who = result_of(replies.account)
    login = mapping(who.get("account"))
    main = result.get("rateLimits")
    email = _text(login.get("email"), MAX_EMAIL) or _text(identity.email, MAX_EMAIL)
    plan = _text(mapping(main).get("planType")) or _text(login.get("planType"))
    normalized = {
        "provider": "codex",
        "account_email": email,
        "account_id": _text(result.get("accountId")) or _text(identity.account_id),
        "expected_email": account.expected_email,
        "expected_email_match": _matches(account.expected_email, email),
        "expected_planType": account.expected_plan_type,
        "expected_planType_match": _matches(account.expected_plan_type, plan),
        "rate_planType": plan,
        "requiresAuth": who.get("requiresOpenaiAuth") is True,
    }
    return normalized | _read_limits(result, main) if isinstance(main, dict) else normalized


def _read_limits(result: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "credits": _read_credits(main),
        "windows": _read_windows(main),
        "limits": _read_other_limits(result, main),
        "blocked": _read_block(result, main),
        "resetCredits": _read_reset_credits(result),
    }


def _read_windows(limit: Mapping[str, Any]) -> dict[str, Any]:
    """Windows by their duration: many plans send the weekly window as `primary`."""
    windows: dict[str, Any] = {}
    for slot in ("primary", "secondary"):
        window = limit.get(slot)
        if isinstance(window, dict):
            name = window_name(_count(window.get("windowDurationMins")), slot)
            windows[slot if name in windows else name] = _read_window(window, slot)
    return windows


def window_name(minutes: int | None, slot: str) -> str:
    """`5h`, `weekly` or `monthly` within 1 %, else the minutes; the slot's name where there is no duration."""
    if minutes is None:
        return slot
    for known, name in _NAMES_BY_MINUTES.items():
        if abs(minutes - known) <= known / 100:
            return name
    return f"{minutes}m"


def _read_window(window: Mapping[str, Any], slot: str) -> dict[str, Any]:
    used = _percent(window.get("usedPercent"))
    resets_at = _count(window.get("resetsAt"), MAX_EPOCH_SECONDS)
    return {
        "source": slot,
        "usedPercent": used,
        "leftPercent": None if used is None else min(100, max(0, 100 - used)),
        "windowDurationMins": _count(window.get("windowDurationMins")),
        "resetsAt": resets_at,
        "resetsAtIsoUtc": _iso(resets_at),
    }


def _read_other_limits(result: Mapping[str, Any], main: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All limits but the main one. The map may hold a second, wrong entry under the main limit's own id."""
    by_id = mapping(result.get("rateLimitsByLimitId"))
    main_id = _text(main.get("limitId")) or "codex"
    return [
        {"limitId": _text(limit_id), "limitName": _text(limit.get("limitName")), "windows": _read_windows(limit)}
        for limit_id, limit in sorted(by_id.items())
        if limit_id != main_id and isinstance(limit, dict)
    ][:MAX_LIMITS]


def _read_block(result: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any] | None:
    """Why the provider says no, even with windows open, and until when where it tells (epoch seconds)."""
    reached = _text(main.get("rateLimitReachedType"))
    individual = mapping(main.get("individualLimit"))
    if reached is None and main.get("spendControlReached") is True:
        reached = "spend_control_reached"
    if reached is None and result.get("ordinaryUsageAllowed") is False:
        reached = "ordinary_usage_not_allowed"
    if reached is None:
        return None
    if main.get("spendControlReached") is True:
        return {"reason": reached, "until": _count(individual.get("resetsAt"), MAX_EPOCH_SECONDS)}
    windows = (mapping(main.get(slot)) for slot in ("primary", "secondary"))
    used_up = [
        _count(window.get("resetsAt"), MAX_EPOCH_SECONDS) or 0
        for window in windows
        if (_percent(window.get("usedPercent")) or 0) >= 100
    ]
    return {"reason": reached, "until": max(used_up, default=0) or None}


def _read_credits(main: Mapping[str, Any]) -> dict[str, Any] | None:
    credits_ = main.get("credits")
    if not isinstance(credits_, dict):
        return None
    return {
        "hasCredits": credits_.get("hasCredits") is True,
        "unlimited": credits_.get("unlimited") is True,
        "balance": _text(credits_.get("balance")),
    }


def _read_reset_credits(result: Mapping[str, Any]) -> dict[str, Any] | None:
    reset_credits = result.get("rateLimitResetCredits")
    if not isinstance(reset_credits, dict):
        return None
    entries = reset_credits.get("credits")
    return {
        "availableCount": _count(reset_credits.get("availableCount")),
        "credits": [
            {"expiresAt": _count(entry.get("expiresAt"), MAX_EPOCH_SECONDS)}
            for entry in (entries if isinstance(entries, list) else [])[:MAX_RESET_CREDITS]
            if isinstance(entry, dict)
        ],
    }


def _matches(expected: str | None, found: str | None) -> bool | None:
    """None where nothing is expected or nothing was found: an unknown is not a mismatch."""
    if expected is None or found is None:
        return None
    return expected.strip().casefold() == found.strip().casefold()


def _iso(epoch_seconds: int | None) -> str | None:
    return None if epoch_seconds is None else f"{datetime.fromtimestamp(epoch_seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(value: Any, most: int = MAX_NAME) -> str | None:
    """A text that the wire format carries; anything else is as good as absent."""
    return value if isinstance(value, str) and 0 < len(value) <= most and is_sendable(value) else None


def _percent(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and abs(value) <= 1_000_000 else None


def _count(value: Any, most: int = MAX_INTEGER) -> int | None:
    """A whole number from 0 to `most`: a duration, a number of things, a time in epoch seconds."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None
