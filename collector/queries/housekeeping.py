"""What nobody needs any longer: found, and deleted a bite at a time, so that no writer waits long for its turn."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.database import run, to_column, write_transaction
from collector.queries import fleet, refreshes, sessions

# One day longer than any spool keeps a snapshot.
_LEDGER_KEPT = timedelta(days=8)

# A bite holds at most so many rows of so many places. Within a place the oldest stand first, in the order of an index:
# that one look tells whether there is anything to delete.
_PLACES, _ROWS = 10, 100
_ACCOUNTS_WITH_OLD = """
    SELECT id FROM account
    WHERE (SELECT last_at FROM event WHERE account_id = account.id ORDER BY epoch, seq LIMIT 1) < ? LIMIT ?
"""
_DELETE_EVENTS = """
    DELETE FROM event WHERE last_at < ? AND id IN
        (SELECT id FROM event WHERE account_id = ? ORDER BY epoch, seq LIMIT ?)
"""
_EPOCHS_WITH_OLD = """
    SELECT id FROM epoch
    WHERE (SELECT received_at FROM ledger WHERE epoch_id = epoch.id ORDER BY seq LIMIT 1) < ? LIMIT ?
"""
_DELETE_LEDGER = """
    DELETE FROM ledger WHERE received_at < ? AND epoch_id = ? AND seq IN
        (SELECT seq FROM ledger WHERE epoch_id = ? ORDER BY seq LIMIT ?)
"""
# Removed for as long as a history is kept, and nothing came since.
_GONE = """
    SELECT id FROM account
    WHERE removed_at < ? AND NOT EXISTS (SELECT 1 FROM event WHERE account_id = account.id) LIMIT ?
"""

Transaction = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class _Due:
    """Where something waits to be deleted."""

    accounts: Sequence[int]
    epochs: Sequence[int]
    gone: Sequence[int]
    has_old_refreshes: bool
    has_expired_sessions: bool

    def __bool__(self) -> bool:
        flags = self.has_old_refreshes or self.has_expired_sessions
        return bool(self.accounts or self.epochs or self.gone or flags)


def prune(retention: timedelta, now: datetime, transaction: Transaction = write_transaction) -> Counter[str]:
    """Delete some of what is due; how many rows of each kind. Nothing: there is nothing left to delete.

    The last good reading of an account and its newest attempt stay for as long as the account does.
    """
    oldest, oldest_received = to_column(now - retention), to_column(now - _LEDGER_KEPT)
    due = _find_due(oldest, oldest_received, now)
    deleted: Counter[str] = Counter()
    if not due:
        return deleted
    with transaction():
        for account_id in due.accounts:
            deleted["events"] += run(_DELETE_EVENTS, (oldest, account_id, _ROWS)).rowcount
        for epoch_id in due.epochs:
            deleted["ledger rows"] += run(_DELETE_LEDGER, (oldest_received, epoch_id, epoch_id, _ROWS)).rowcount
        if due.has_old_refreshes:
            deleted["refreshes"] += refreshes.delete_old(now)
        if due.gone:
            deleted["accounts"] += _delete_gone(oldest)
        if due.has_expired_sessions:
            sessions.delete_expired(now)
    return +deleted


def _find_due(oldest: datetime, oldest_received: datetime, now: datetime) -> _Due:
    """Looked for outside the write: most of the time there is nothing."""
    return _Due(
        accounts=_ids(_ACCOUNTS_WITH_OLD, oldest),
        epochs=_ids(_EPOCHS_WITH_OLD, oldest_received),
        gone=_ids(_GONE, oldest),
        has_old_refreshes=refreshes.has_old(now),
        has_expired_sessions=sessions.has_expired(now),
    )


def _delete_gone(oldest: datetime) -> int:
    """Who read long ago that such an account was there is told everything anew."""
    gone = _ids(_GONE, oldest)
    for account_id in gone:
        run("DELETE FROM reading WHERE account_id = ?", (account_id,))
        run("DELETE FROM account WHERE id = ?", (account_id,))
    if gone:
        fleet.begin_anew()
    return len(gone)


def _ids(sql: str, before: datetime) -> list[Any]:
    return [row[0] for row in run(sql, (before, _PLACES)).fetchall()]
