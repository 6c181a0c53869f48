"""An account's history: runs of equal readings and failures.

The statements are fixed texts: two of them run for every snapshot of the fleet.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from collector import packing, runs
from collector.database import fetch_rows, from_column, run, to_column
from collector.runs import Gist
from collector.wire import Snapshot

_PAGE = """
    SELECT epoch, seq, first_at, last_at, count, error_code, error_message, packed
    FROM event WHERE account_id = ? AND (epoch, seq) < (?, ?) ORDER BY epoch DESC, seq DESC LIMIT ?
"""
_NEWEST = """
    SELECT id, epoch, seq, first_at, last_at, patience_sec, fingerprint, gauges_json
    FROM event WHERE account_id = ? ORDER BY epoch DESC, seq DESC LIMIT 1
"""
_NEIGHBOURS = """
    SELECT
        (SELECT last_at FROM event WHERE account_id = ? AND (epoch, seq) < (?, ?)
            ORDER BY epoch DESC, seq DESC LIMIT 1),
        (SELECT last_at FROM event WHERE account_id = ? AND (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT 1)
"""
_EXTEND = "UPDATE event SET epoch = ?, seq = ?, last_at = ?, patience_sec = ?, count = count + 1 WHERE id = ?"
# A number may come again once the ledger has forgotten it. It stands where it stood.
_ADD = """
    INSERT INTO event (account_id, epoch, seq, first_at, last_at, count, patience_sec,
        error_code, error_message, fingerprint, gauges_json, packed)
    VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_id, epoch, seq) DO NOTHING
"""


@dataclass(frozen=True, order=True)
class Position:
    """A place in the order of a host's snapshots; no clock takes part in it."""

    epoch: int
    seq: int


# Above every event: the numbers that columns can hold end here.
END = Position(2**31 - 1, 2**63 - 1)


@dataclass(frozen=True)
class Event:
    """A run of equal readings or failures. `position` is that of the newest, the JSON texts those of the first."""

    position: Position
    first_at: datetime
    last_at: datetime
    count: int
    error_code: str | None
    error_message: str | None
    raw_json: str | None
    parsed_json: str | None


@dataclass(frozen=True)
class Entry:
    """A snapshot on its way into the history."""

    snapshot: Snapshot
    account_id: int
    position: Position
    observed_at: datetime
    """By the collector's clock."""
    patience: timedelta | None
    """How long it will be recent; None: for ever."""


@dataclass(frozen=True)
class _Run:
    """The account's newest event, as far as it decides whether another snapshot belongs to it."""

    id: int
    position: Position
    first_at: datetime
    last_at: datetime
    patience_sec: int | None
    gist: Gist


def list_events(account_id: int, limit: int, before: Position = END) -> list[Event]:
    """Newest first."""
    rows = fetch_rows(_PAGE, (account_id, before.epoch, before.seq, limit))
    return [_event(row) for row in rows]


def record_event(entry: Entry) -> None:
    """Lengthen the newest run of the account when this says the same; otherwise begin another event.

    What comes late stands at its own place, by itself. Where a time contradicts the order, the order is right: of two
    snapshots the later one was not read before the other, whatever clock said so. Part of a write.
    """
    newest = _find_newest(entry.account_id)
    if newest is None:
        _add(entry, entry.observed_at)
    elif entry.position < newest.position:
        _add(entry, _between_neighbours(entry))
    elif _belongs(entry, newest):
        _extend(newest, entry)
    else:
        _add(entry, max(entry.observed_at, newest.last_at))


def _belongs(entry: Entry, newest: _Run) -> bool:
    """A line is drawn across a run of readings, so it holds no time in which the account was not known about."""
    gap = entry.observed_at - newest.last_at
    has_been_lost = newest.patience_sec is not None and gap > timedelta(seconds=newest.patience_sec)
    if has_been_lost and entry.snapshot.item.error is None:
        return False
    return runs.is_same(newest.gist, entry.snapshot.gist, entry.observed_at - newest.first_at)


def _find_newest(account_id: int) -> _Run | None:
    row = run(_NEWEST, (account_id,)).fetchone()
    if row is None:
        return None
    event_id, epoch, seq, first_at, last_at, patience_sec, fingerprint, gauges_json = row
    gist = Gist(fingerprint, json.loads(gauges_json or "{}"))
    return _Run(event_id, Position(epoch, seq), moment_of(first_at), moment_of(last_at), patience_sec, gist)


def _extend(newest: _Run, entry: Entry) -> None:
    place = (entry.position.epoch, entry.position.seq)
    last_at = max(entry.observed_at, newest.last_at)
    run(_EXTEND, (*place, to_column(last_at), _seconds(entry.patience), newest.id))


def _add(entry: Entry, at: datetime) -> None:
    snapshot, error, moment = entry.snapshot, entry.snapshot.item.error, to_column(at)
    place = (entry.account_id, entry.position.epoch, entry.position.seq)
    failure = (str(error.code), error.message) if error else (None, None)
    gauges_json = None if error else json.dumps(snapshot.gist.gauges, separators=(",", ":"))
    content = (snapshot.gist.fingerprint, gauges_json, packing.pack(snapshot.raw_json, snapshot.parsed_json))
    run(_ADD, (*place, moment, moment, _seconds(entry.patience), *failure, *content))


def _between_neighbours(entry: Entry) -> datetime:
    place = (entry.account_id, entry.position.epoch, entry.position.seq)
    before, after = (from_column(moment) for moment in run(_NEIGHBOURS, place * 2).fetchone())
    at = entry.observed_at if after is None else min(entry.observed_at, after)
    return at if before is None else max(at, before)


def moment_of(value: str | datetime) -> datetime:
    """The aware time in a column that is never empty."""
    return cast(datetime, from_column(value))


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())


def _event(row: dict[str, Any]) -> Event:
    raw_json, parsed_json = packing.unpack(row["packed"])
    return Event(
        position=Position(row["epoch"], row["seq"]),
        first_at=moment_of(row["first_at"]),
        last_at=moment_of(row["last_at"]),
        count=row["count"],
        error_code=row["error_code"],
        error_message=row["error_message"],
        raw_json=raw_json,
        parsed_json=parsed_json,
    )
