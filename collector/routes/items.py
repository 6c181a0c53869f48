"""Accounts and events as the API shows them. What is stored as JSON text goes out as it is."""

from datetime import UTC, datetime
from typing import Any

from collector.queries.accounts import Standing
from collector.queries.events import Event
from collector.states import Verdict
from collector.strict_json import dump


def registry_entry(account: Standing) -> dict[str, Any]:
    return {
        "account_label": account.label,
        "enabled": account.facts.enabled,
        "provider": account.provider,
        "expected_email": account.facts.expected_email,
        "expected_planType": account.facts.expected_plan_type,
        "note": account.note,
        "created_at": timestamp(account.created_at),
        "updated_at": timestamp(account.updated_at),
    }


def account_item(account: Standing, verdict: Verdict, with_raw: bool) -> str:
    """An item of `/latest` as JSON text."""
    plain = {
        "account_label": account.label,
        "host": account.host,
        "provider": account.provider,
        "state": verdict.state,
        "reason": verdict.reason,
        "stale_at": timestamp(verdict.stale_at),
        "usable": verdict.usable,
        "ts": timestamp(account.facts.read_at),
        "observed_at": timestamp(account.observed_at),
        "attempted_at": timestamp(account.facts.attempted_at),
        "error": _error(account.facts.error_code, account.error_message),
        "registry": registry_entry(account),
    }
    stored = {"raw": account.raw_json} if with_raw else {}
    return _joined(plain, {**stored, "parsed": account.parsed_json})


def event_item(event: Event) -> str:
    """An item of `/events` as JSON text; `position` is what `?before=` takes."""
    plain = {
        "position": f"{event.position.epoch}.{event.position.seq}",
        "ts": timestamp(event.last_at),
        "first_at": timestamp(event.first_at),
        "last_at": timestamp(event.last_at),
        "count": event.count,
        "observed_at": timestamp(event.observed_at),
        "error": _error(event.error_code, event.error_message),
    }
    return _joined(plain, {"raw": event.raw_json, "parsed": event.parsed_json})


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(code: str | None, message: str | None) -> dict[str, str | None] | None:
    return None if code is None else {"code": code, "message": message}


def _joined(plain: dict[str, Any], stored: dict[str, str | None]) -> str:
    """An object of plain values and of texts that are JSON already."""
    texts = (f',"{name}":{text or "null"}' for name, text in stored.items())
    return f"{dump(plain)[:-1]}{''.join(texts)}}}"
