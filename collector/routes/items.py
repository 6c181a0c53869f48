"""Accounts and events as the API shows them. All of it is JSON in UTF-8: what is stored goes out as it is."""

from datetime import UTC, datetime
from typing import Any

from collector import states
from collector.queries.accounts import Standing
from collector.queries.events import Event
from collector.queries.logins import Place
from collector.routes.answers import Item
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


def account_item(account: Standing, now: datetime, with_raw: bool) -> Item:
    """An item of `/latest`."""
    return with_own_bodies(account_head(account, states.judge(account.facts, now)), account, with_raw)


def account_head(account: Standing, verdict: Verdict) -> bytes:
    """The item as `with_bodies` takes it: as far as it can be told without the reading itself."""
    plain = {
        "account_label": account.label,
        "host": account.host,
        "provider": account.provider,
        "state": verdict.state,
        "reason": verdict.reason,
        "stale_at": timestamp(verdict.stale_at),
        "usable": verdict.usable,
        "host_silent_since": timestamp(verdict.host_silent_since),
        "also_at": [_place(place) for place in account.also_at],
        "ts": timestamp(account.facts.read_at),
        "observed_at": timestamp(account.observed_at),
        "attempted_at": timestamp(account.facts.attempted_at),
        "error": _error(account.facts.error_code, account.error_message),
        "registry": registry_entry(account),
    }
    return _head(plain)


def with_bodies(head: bytes, raw: bytes | None, parsed: bytes | None, with_raw: bool) -> Item:
    if with_raw:
        return (head, b',"raw":', raw or b"null", b',"parsed":', parsed or b"null", b"}")
    return (head, b',"parsed":', parsed or b"null", b"}")


def with_own_bodies(head: bytes, source: Standing | Event, with_raw: bool) -> Item:
    raw, parsed = (source.raw_json or "null", source.parsed_json or "null")
    return with_bodies(head, raw.encode(), parsed.encode(), with_raw)


def removed_item(place: Place) -> Item:
    """An account that is not shown any more."""
    return (dump(_place(place)).encode(),)


def event_item(event: Event) -> Item:
    """An item of `/events`; `position` is what `?before=` takes."""
    plain = {
        "position": f"{event.position.epoch}.{event.position.seq}",
        "ts": timestamp(event.last_at),
        "first_at": timestamp(event.first_at),
        "last_at": timestamp(event.last_at),
        "count": event.count,
        "observed_at": timestamp(event.last_at),
        "error": _error(event.error_code, event.error_message),
    }
    return with_own_bodies(_head(plain), event, with_raw=True)


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(code: str | None, message: str | None) -> dict[str, str | None] | None:
    return None if code is None else {"code": code, "message": message}


def _head(plain: dict[str, Any]) -> bytes:
    """An object that is not closed yet: more members follow."""
    return dump(plain)[:-1].encode()


def _place(place: Place) -> dict[str, str]:
    return {"host": place.host, "account_label": place.label}
