"""Payloads of GET /wham/usage, in the shape that the real codex decodes."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

FIVE_HOURS = 5 * 3600
WEEK = 7 * 86_400
MONTH = 30 * 86_400
Payload = dict[str, Any]
Used = int | Mapping[str, Any] | None
Slots = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]


def window(used_percent: float, seconds: int = FIVE_HOURS, *, reset_at: int | None = None) -> Payload:
    """One rate window. `reset_at` is epoch seconds; None means after a fifth of the window's length."""
    resets_in = seconds // 5
    return {
        "used_percent": used_percent,
        "limit_window_seconds": seconds,
        "reset_after_seconds": resets_in,
        "reset_at": int(time.time()) + resets_in if reset_at is None else reset_at,
    }


def credits_left(balance: str | None = "5.39", *, unlimited: bool = False) -> Payload:
    """The credits of an account; the balance is a decimal in a string, None when unlimited."""
    has_credits = unlimited or balance not in (None, "0")
    return {"has_credits": has_credits, "unlimited": unlimited, "balance": balance}


def additional_limit(name: str, feature: str, slots: Slots | None) -> Payload:
    """A second limit, such as that of one model. `slots=None`: the account has it without any window."""
    return {"limit_name": name, "metered_feature": feature, "rate_limit": slots and rate_limit(slots)}


def rate_limit(slots: Slots, *, reached: bool = False) -> Payload:
    primary, secondary = slots
    return {
        "allowed": not reached,
        "limit_reached": reached,
        "primary_window": primary,
        "secondary_window": secondary,
    }


def spend_control(*, reached: bool = True, limit: str = "100", used: str = "100") -> Payload:
    """A workspace's cap on what one member may spend."""
    remaining = max(0, 100 - round(100 * float(used) / float(limit)))
    individual = {
        "source": "workspace",
        "limit": limit,
        "used": used,
        "remaining": str(max(0, int(limit) - int(used))),
        "used_percent": 100 - remaining,
        "remaining_percent": remaining,
        "reset_after_seconds": MONTH,
        "reset_at": int(time.time()) + MONTH,
    }
    return {"reached": reached, "individual_limit": individual}


def reset_credit(credit_id: str, *, expires_at: str, title: str = "Reset") -> Payload:
    """An entry of `Account.reset_credits`: a right to reset the limits once. Times are RFC 3339."""
    return {
        "id": credit_id,
        "status": "available",
        "title": title,
        "description": None,
        "granted_at": "2026-01-01T00:00:00Z",
        "expires_at": expires_at,
        "reset_type": "codex_rate_limits",
    }


def usage(
    *,
    five_hour: Used = 42,
    weekly: Used = 7,
    monthly: Used = None,
    slots: Slots | None = None,
    credits: Mapping[str, Any] | None = None,  # noqa: A002 - the payload's own word
    additional: Sequence[Mapping[str, Any]] = (),
    reached: str | None = None,
    spend: Mapping[str, Any] | None = None,
) -> Payload:
    """What is used of an account: percents, or whole windows made by `window()`; None is a window it has not.

    The windows that exist fill primary, then secondary, as the real backend does: a plan with a weekly window
    alone sends it as primary. `slots` says otherwise. `reached` is the type of a limit that is used up, such
    as "rate_limit_reached"; `credits` comes from `credits_left()`, `spend` from `spend_control()`.
    """
    windows = [
        window(used, seconds) if isinstance(used, int) else used
        for used, seconds in ((five_hour, FIVE_HOURS), (weekly, WEEK), (monthly, MONTH))
        if used is not None
    ]
    filled: Slots = (windows[0] if windows else None, windows[1] if len(windows) > 1 else None)
    return {
        "rate_limit": rate_limit(slots or filled, reached=reached is not None),
        "credits": credits,
        "additional_rate_limits": list(additional),
        "rate_limit_reached_type": reached and {"type": reached},
        "spend_control": spend,
    }
