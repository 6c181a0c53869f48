"""An account's history: runs of equal readings and failures.

The statements are fixed texts: two of them run for every snapshot of the fleet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import msgspec

from collector import packing, runs
from collector.database import fetch_rows, from_column, run, to_column
from collector.wire import Snapshot

_PAGE = """
    SELECT epoch, seq, first_at, last_at, count, error_code, error_message, packed
    FROM event WHERE account_id = ? AND (epoch, seq) < (?, ?) ORDER BY epoch DESC, seq DESC LIMIT ?
"""
_NEWEST = """
    SELECT event.id, epoch, seq, first_at, last_at, patience_sec, fingerprint, gauges_json, pattern.text
    FROM event LEFT JOIN pattern ON pattern.account_id = event.account_id
    WHERE event.account_id = ? ORDER BY epoch DESC, seq DESC LIMIT 1
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
_FIND_PATTERN = "SELECT text FROM pattern WHERE account_id = ?"
_ADD_PATTERN = "INSERT INTO pattern (account_id, text) VALUES (?, ?) ON CONFLICT DO NOTHING"


class Position(NamedTuple):
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


class Entry(NamedTuple):
    """A snapshot on its way into the history."""

    snapshot: Snapshot
    account_id: int
    position: Position
    observed_at: datetime
    """By the collector's clock."""
    patience: timedelta | None
    """How long it will be recent; None: for ever."""


class _Run(NamedTuple):
    """The account's newest event, as stored: as far as it decides whether another snapshot belongs to it."""

    id: int
    epoch: int
    seq: int
    first_at: str | datetime
    last_at: str | datetime
    patience_sec: int | None
    fingerprint: str
    gauges_json: str | None
    pattern: str | None


def list_events(account_id: int, limit: int, before: Position = END) -> list[Event]:
    """Newest first."""
    pattern = run(_FIND_PATTERN, (account_id,)).fetchone()
    rows = fetch_rows(_PAGE, (account_id, *before, limit))
    return [_event(row, pattern[0] if pattern else None) for row in rows]


def record_event(entry: Entry) -> None:
    """Lengthen the newest run of the account when this says the same; otherwise begin another event.

    What comes late stands at its own place, by itself. Where a time contradicts the order, the order is right: of two
    snapshots the later one was not read before the other, whatever clock said so. Part of a write.
    """
    row = run(_NEWEST, (entry.account_id,)).fetchone()
    if row is None:
        _add(entry, entry.observed_at, None)
        return
    newest = _Run(*row)
    last_at = moment_of(newest.last_at)
    if entry.position < (newest.epoch, newest.seq):
        _add(entry, _between_neighbours(entry), newest.pattern)
    elif _belongs(entry, newest, last_at):
        moment = to_column(max(entry.observed_at, last_at))
        run(_EXTEND, (*entry.position, moment, _seconds(entry.patience), newest.id))
    else:
        _add(entry, max(entry.observed_at, last_at), newest.pattern)


def _belongs(entry: Entry, newest: _Run, last_at: datetime) -> bool:
    """A line is drawn across a run of readings, so it holds no time in which the account was not known about."""
    gist = entry.snapshot.gist
    if gist.fingerprint != newest.fingerprint:
        return False
    if entry.snapshot.item.error is not None:
        return True
    gap, patience_sec = (entry.observed_at - last_at).total_seconds(), newest.patience_sec
    if patience_sec is not None and gap > patience_sec:
        return False
    first = msgspec.json.decode(newest.gauges_json or "{}")
    return runs.are_near(first, gist.gauges, entry.observed_at - moment_of(newest.first_at))


def _add(entry: Entry, at: datetime, pattern: str | None) -> None:
    snapshot, error, moment = entry.snapshot, entry.snapshot.item.error, to_column(at)
    failure = (str(error.code), error.message) if error else (None, None)
    gauges_json = None if error else msgspec.json.encode(snapshot.gist.gauges).decode()
    packed = packing.pack(snapshot.raw_json, snapshot.parsed_json, pattern)
    times, content = (moment, moment), (snapshot.gist.fingerprint, gauges_json, packed)
    run(_ADD, (entry.account_id, *entry.position, *times, _seconds(entry.patience), *failure, *content))
    if pattern is None:
        _add_pattern(entry)


def _add_pattern(entry: Entry) -> None:
    """For all events to come: from then on it stays as it is."""
    pattern = packing.pattern_of(entry.snapshot.raw_json, entry.snapshot.parsed_json)
    if pattern is not None:
        run(_ADD_PATTERN, (entry.account_id, pattern))


def _between_neighbours(entry: Entry) -> datetime:
    place = (entry.account_id, *entry.position)
    before, after = (from_column(moment) for moment in run(_NEIGHBOURS, place * 2).fetchone())
    at = entry.observed_at if after is None else min(entry.observed_at, after)
    return at if before is None else max(at, before)


def moment_of(value: str | datetime) -> datetime:
    """The aware time in a column that is never empty."""
    return cast(datetime, from_column(value))


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())


def _event(row: dict[str, Any], pattern: str | None) -> Event:
    raw_json, parsed_json = packing.unpack(row["packed"], pattern)
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
