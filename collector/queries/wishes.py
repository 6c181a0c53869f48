"""Wishes for fresh readings on their way: numbered, handed to the host's agent, and answered by its snapshots.

A cursor is a time in µs, or one more than the host's last: so a database restored from a backup hands none out twice.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collector.database import FAULTS, fetch_rows, run, run_many, to_column, write_transaction
from collector.errors import DatabaseBusy
from collector.parking import Signals
from collector.queries.many import fetch_by_keys
from collector.states import DEFAULT_POLL_INTERVAL

logger = logging.getLogger(__name__)

_LIFETIME_AT_LEAST = timedelta(minutes=10)
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_READ_SIGNALS = """
    SELECT fleet.revision, refresh_queue.host_id, refresh_queue.issued_cursor, refresh_queue.seen_cursor
    FROM fleet LEFT JOIN refresh_queue ON TRUE
"""
# The row stays locked until the commit, so cursors become visible in their order.
_ISSUE = """
    INSERT INTO refresh_queue (host_id, issued_cursor, seen_cursor) VALUES (?, ?, 0)
    ON CONFLICT (host_id) DO UPDATE SET issued_cursor = CASE
        WHEN refresh_queue.issued_cursor < ? THEN excluded.issued_cursor ELSE refresh_queue.issued_cursor + ? END
    RETURNING issued_cursor
"""
_WISH = """
    INSERT INTO wish (account_id, cursor, wished_at, answered_cursor) VALUES (?, ?, ?, 0)
    ON CONFLICT (account_id) DO UPDATE SET cursor = excluded.cursor, wished_at = excluded.wished_at
"""
_QUEUE = """
    SELECT host.poll_interval_sec, refresh_queue.issued_cursor, refresh_queue.seen_cursor
    FROM host LEFT JOIN refresh_queue ON refresh_queue.host_id = host.id WHERE host.id = ?
"""
_OPEN = """
    SELECT account.label, wish.cursor FROM account JOIN wish ON wish.account_id = account.id
    WHERE account.host_id = ? AND account.enabled AND account.removed_at IS NULL
        AND wish.answered_cursor < wish.cursor AND wish.wished_at > ?
    ORDER BY wish.cursor
"""
_SEE = "UPDATE refresh_queue SET seen_cursor = ? WHERE host_id = ? AND seen_cursor < ?"
_FIND = """
    WITH wanted (account_id) AS (VALUES {keys})
    SELECT wish.account_id, wish.cursor, wish.answered_cursor
    FROM wanted JOIN wish ON wish.account_id = wanted.account_id
"""
_ANSWER = "UPDATE wish SET answered_cursor = ? WHERE account_id = ?"


@dataclass(frozen=True)
class OpenWish:
    label: str
    cursor: int


@dataclass(frozen=True)
class Queue:
    """What an agent has to do, oldest first. `issued` is the highest cursor that its host ever got."""

    wishes: list[OpenWish]
    issued: int
    seen: int

    def is_news(self, after: int) -> bool:
        """Whether there is a wish that an agent does not know which knows all up to `after`."""
        return any(wish.cursor > after for wish in self.wishes)


def read_signals() -> Signals:
    """One query for everybody who is parked."""
    rows = run(_READ_SIGNALS).fetchall()
    queues = [row[1:] for row in rows if row[1] is not None]
    return Signals(
        revision=rows[0][0],
        wishes={host_id: issued for host_id, issued, _ in queues},
        fetched=sum(seen for _, _, seen in queues),
    )


def lifetime(poll_interval_sec: int | None) -> timedelta:
    """How long a wish for an account of such a host stays open."""
    seconds = poll_interval_sec
    interval = DEFAULT_POLL_INTERVAL if seconds is None else timedelta(seconds=seconds)
    return max(_LIFETIME_AT_LEAST, 2 * interval)


def add_wishes(host_id: int, account_ids: Sequence[int], now: datetime) -> list[int]:
    """The cursors of new wishes for these accounts of the host; part of a write."""
    number, now_cursor = len(account_ids), (now - _UNIX_EPOCH) // timedelta(microseconds=1)
    last = run(_ISSUE, (host_id, now_cursor + number - 1, now_cursor, number)).fetchone()[0]
    cursors = list(range(last - number + 1, last + 1))
    for account_id, cursor in zip(account_ids, cursors, strict=True):
        run(_WISH, (account_id, cursor, to_column(now)))
    return cursors


def read_queue(host_id: int, now: datetime) -> Queue:
    """All open wishes of the host: level-triggered, so an agent that crashed simply gets them again."""
    # The numbers first: a wish in between is among the wishes then, or under a number that is higher than `issued`.
    poll_interval_sec, issued, seen = run(_QUEUE, (host_id,)).fetchone()
    since = to_column(now - lifetime(poll_interval_sec))
    wishes = [OpenWish(**row) for row in fetch_rows(_OPEN, (host_id, since))]
    return Queue(wishes, issued or 0, seen or 0)


def record_seen(host_id: int, cursor: int) -> None:
    """The agent gets all wishes up to `cursor` now. It gets them also when that cannot be written down."""
    try:
        with write_transaction():
            run(_SEE, (cursor, host_id, cursor))
    except (DatabaseBusy, *FAULTS) as error:
        logger.debug("could not note what host %s has fetched: %s", host_id, error)


class Answers:
    """Wishes for some accounts, and how snapshots that came answer them. `take` each, then `write`; part of a write."""

    def __init__(self, account_ids: Collection[int]) -> None:
        found = fetch_by_keys(_FIND, ((account_id,) for account_id in account_ids))
        self._cursors = {account_id: cursor for account_id, cursor, _ in found}
        self._answered = {account_id: answered for account_id, _, answered in found}
        self._changed: set[int] = set()

    def take(self, account_id: int, cursor: int) -> bool:
        """A snapshot came whose probe began after the wish `cursor` was fetched. Whether that is news."""
        # Whatever the agent sends: a wish that was not made yet is not answered by it.
        answered = min(cursor, self._cursors.get(account_id, 0))
        if answered <= self._answered.get(account_id, 0):
            return False
        self._answered[account_id] = answered
        self._changed.add(account_id)
        return True

    def write(self) -> None:
        run_many(_ANSWER, [(self._answered[account_id], account_id) for account_id in sorted(self._changed)])
