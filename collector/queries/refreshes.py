"""Refreshes: what somebody asked to be read now, and how that stands."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.database import fetch_rows, from_column, run, to_column, write_transaction
from collector.errors import UnknownRefresh
from collector.queries import wishes
from collector.states import AccountFacts, HostFacts, judge
from collector.wire import RefreshTarget

# A reading younger than this is as good as a new one; agents do not probe more often either.
_FRESH = timedelta(seconds=30)
_KEPT = timedelta(days=1)
_OUTCOMES = ("ok", "login_required", "wrong_account", "error", "refused", "expired", "pending")

_ACCOUNTS = """
    SELECT host.id AS host_id, host.name AS host, account.id, account.label, account.enabled, account.removed_at,
        reading.read_at, reading.error_code
    FROM account JOIN host ON host.id = account.host_id LEFT JOIN reading ON reading.account_id = account.id
"""
_ONE = _ACCOUNTS + "WHERE host.name = ? AND account.label = ?"
_ENABLED = _ACCOUNTS + "WHERE account.enabled AND account.removed_at IS NULL ORDER BY host.name, account.label"
_ENABLED_OF_HOST = _ACCOUNTS + (
    "WHERE account.enabled AND account.removed_at IS NULL AND host.name = ? ORDER BY account.label"
)
_ADD_ITEM = "INSERT INTO refresh_item (refresh_id, position, host, label, cursor, code) VALUES (?, ?, ?, ?, ?, ?)"
_DELETE_OLD = "DELETE FROM refresh WHERE id IN (SELECT id FROM refresh WHERE created_at <= ? LIMIT 10)"
_FIND = "SELECT created_at FROM refresh WHERE id = ?"
_ITEMS = """
    SELECT item.host, item.label, item.cursor, item.code, account.id, account.enabled, account.removed_at,
        account.expected_email, host.poll_interval_sec, refresh_queue.seen_cursor, wish.answered_cursor,
        reading.attempted_at, reading.error_code, reading.read_at, reading.email
    FROM refresh_item AS item
        LEFT JOIN host ON host.name = item.host
        LEFT JOIN refresh_queue ON refresh_queue.host_id = host.id
        LEFT JOIN account ON account.host_id = host.id AND account.label = item.label
        LEFT JOIN wish ON wish.account_id = account.id
        LEFT JOIN reading ON reading.account_id = account.id
    WHERE item.refresh_id = ? ORDER BY item.position
"""


@dataclass(frozen=True)
class Result:
    """How it stands with one account: `queued`, `seen`, `answered`, `expired`, or `refused` with a code."""

    host: str
    account_label: str
    status: str
    code: str | None


@dataclass(frozen=True)
class Report:
    results: list[Result]
    summary: dict[str, int]

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it is awaited any more."""
        return self.summary["pending"] == 0


@dataclass
class _Item:
    """One account that was asked for, with what the database knows of it."""

    target: RefreshTarget
    account: dict[str, Any] | None
    code: str | None = None
    cursor: int | None = None


def request_accounts(targets: Iterable[RefreshTarget], now: datetime) -> str:
    """Wish for readings of these accounts; the id to ask by how it stands."""
    with write_transaction():
        return _request([_Item(target, _find_account(target)) for target in dict.fromkeys(targets)], now)


def request_enabled(host: str | None, now: datetime) -> str:
    """As `request_accounts`, for every account that is registered and enabled, or those of `host`."""
    with write_transaction():
        rows = fetch_rows(_ENABLED) if host is None else fetch_rows(_ENABLED_OF_HOST, (host,))
        targets = [RefreshTarget(host=row["host"], account_label=row["label"]) for row in rows]
        return _request([_Item(target, row) for target, row in zip(targets, rows, strict=True)], now)


def get_report(refresh_id: str, now: datetime) -> Report:
    """How the refresh stands. Raises UnknownRefresh, also for one that is more than a day old."""
    found = run(_FIND, (refresh_id,)).fetchone()
    created_at = from_column(found[0]) if found else None
    if created_at is None:
        raise UnknownRefresh("No refresh has this id, or it was more than a day ago.")
    rows = fetch_rows(_ITEMS, (refresh_id,))
    results = [_result(row, now - created_at) for row in rows]
    counts = Counter(_outcome(row, result) for row, result in zip(rows, results, strict=True))
    return Report(results, {**{name: counts[name] for name in _OUTCOMES}, "total": len(results)})


def has_old(now: datetime) -> bool:
    """Whether there are any that nobody can ask about any more."""
    return run("SELECT 1 FROM refresh WHERE created_at <= ? LIMIT 1", (to_column(now - _KEPT),)).fetchone() is not None


def delete_old(now: datetime) -> int:
    """How many of those that nobody can ask about are deleted: not all at once. Part of a write."""
    return int(run(_DELETE_OLD, (to_column(now - _KEPT),)).rowcount)


def _find_account(target: RefreshTarget) -> dict[str, Any] | None:
    rows = fetch_rows(_ONE, (target.host, target.account_label))
    return rows[0] if rows else None


def _request(items: Sequence[_Item], now: datetime) -> str:
    delete_old(now)
    _wish(items, now)
    # Nobody learns from somebody else's refresh by guessing.
    refresh_id = secrets.token_hex(16)
    run("INSERT INTO refresh (id, created_at) VALUES (?, ?)", (refresh_id, to_column(now)))
    for position, item in enumerate(items):
        place = (item.target.host, item.target.account_label)
        run(_ADD_ITEM, (refresh_id, position, *place, item.cursor, item.code))
    return refresh_id


def _wish(items: Sequence[_Item], now: datetime) -> None:
    """Refuse what cannot be read, leave what is fresh, and give the rest its cursors."""
    by_host = defaultdict(list)
    for item in items:
        item.code = _refusal(item.account)
        if item.account is not None and item.code is None and not _is_fresh(item.account, now):
            by_host[item.account["host_id"]].append((item.account["id"], item))
    # In one order for everybody, so that two writers never wait for each other.
    for host_id, wished in sorted(by_host.items()):
        cursors = wishes.add_wishes(host_id, [account_id for account_id, _ in wished], now)
        for (_, item), cursor in zip(wished, cursors, strict=True):
            item.cursor = cursor


def _refusal(account: dict[str, Any] | None) -> str | None:
    if account is None:
        return "unknown_account"
    if account["removed_at"] is not None:
        return "removed"
    return None if account["enabled"] else "disabled"


def _is_fresh(account: dict[str, Any], now: datetime) -> bool:
    """Whether the newest attempt was a good reading, a moment ago. Who sees a failure wants another attempt."""
    read_at = from_column(account["read_at"])
    return read_at is not None and account["error_code"] is None and timedelta() <= now - read_at < _FRESH


def _result(row: dict[str, Any], age: timedelta) -> Result:
    status, code = _status(row, age)
    return Result(host=row["host"], account_label=row["label"], status=status, code=code)


def _status(row: dict[str, Any], age: timedelta) -> tuple[str, str | None]:
    if row["code"] is not None:
        return "refused", row["code"]
    if row["cursor"] is None or (row["answered_cursor"] or 0) >= row["cursor"]:
        return "answered", None
    # Removed or disabled since: the agent does not get the wish any more.
    refusal = _refusal(row if row["id"] is not None else None)
    if refusal is not None:
        return "refused", refusal
    if age >= wishes.lifetime(row["poll_interval_sec"]):
        return "expired", None
    return ("seen" if (row["seen_cursor"] or 0) >= row["cursor"] else "queued"), None


def _outcome(row: dict[str, Any], result: Result) -> str:
    """What the summary counts it as: an answer by the newest attempt, as judged when that came."""
    if result.status in {"queued", "seen"}:
        return "pending"
    if result.status != "answered":
        return result.status
    attempted_at = from_column(row["attempted_at"])
    if attempted_at is None:
        return "error"
    facts = AccountFacts(
        host=HostFacts(),
        expected_email=row["expected_email"],
        attempted_at=attempted_at,
        error_code=row["error_code"],
        read_at=from_column(row["read_at"]),
        email=row["email"],
    )
    state = judge(facts, attempted_at).state
    return state if state in _OUTCOMES else "ok"
