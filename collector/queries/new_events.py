"""What deliveries add to the histories of their accounts.

All are read at once and all are written at once: the statements are few and fixed, however many snapshots there are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from collector import packing, runs
from collector.database import from_column, run, run_many, to_column
from collector.queries.events import Position, moment_of
from collector.queries.many import fetch_by_keys
from collector.runs import Gauges
from collector.wire import Snapshot

_NEWEST = """
    WITH wanted (account_id) AS (VALUES {keys})
    SELECT wanted.account_id, event.epoch, event.seq, event.first_at, event.last_at, event.patience_sec,
        event.fingerprint, event.gauges_json, pattern.text
    FROM wanted
    LEFT JOIN event ON event.id = (
        SELECT newest.id FROM event AS newest WHERE newest.account_id = wanted.account_id
        ORDER BY newest.epoch DESC, newest.seq DESC LIMIT 1
    )
    LEFT JOIN pattern ON pattern.account_id = wanted.account_id
"""
_NEIGHBOURS = """
    SELECT
        (SELECT last_at FROM event WHERE account_id = ? AND (epoch, seq) < (?, ?)
            ORDER BY epoch DESC, seq DESC LIMIT 1),
        (SELECT last_at FROM event WHERE account_id = ? AND (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT 1)
"""
_EXTEND = """
    UPDATE event SET epoch = ?, seq = ?, last_at = ?, patience_sec = ?, count = count + ?
    WHERE account_id = ? AND epoch = ? AND seq = ?
"""
# scripts/bench/batches.py measures against the driver's own way with this statement.
# A number may come again once the ledger has forgotten it. It stands where it stood.
ADD = """
    INSERT INTO event (account_id, epoch, seq, first_at, last_at, count, patience_sec,
        error_code, error_message, fingerprint, gauges_json, packed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_id, epoch, seq) DO NOTHING
"""
_ADD_PATTERN = "INSERT INTO pattern (account_id, text) VALUES (?, ?) ON CONFLICT DO NOTHING"

Row = tuple[Any, ...]


class Entry(NamedTuple):
    """A snapshot on its way into the history."""

    snapshot: Snapshot
    account_id: int
    position: Position
    observed_at: datetime
    """By the collector's clock."""
    patience: timedelta | None
    """How long it will be recent; None: for ever."""


@dataclass(slots=True)
class _Run:
    """The newest event of an account. The database has it under `stored_at`, or not yet."""

    stored_at: Position | None
    position: Position
    first_at: datetime
    last_at: datetime
    patience_sec: int | None
    fingerprint: str
    gauges: Gauges
    content: Row = ()
    """What else is stored of one that is not there yet: error, message, fingerprint, gauges, packed texts."""
    added: int = 0
    """How many snapshots more than the database knows."""

    def is_continued_by(self, entry: Entry) -> bool:
        """A line is drawn across a run of readings, so it holds no time in which the account was not known about."""
        gist = entry.snapshot.gist
        if gist.fingerprint != self.fingerprint:
            return False
        if entry.snapshot.item.error is not None:
            return True
        gap = (entry.observed_at - self.last_at).total_seconds()
        if self.patience_sec is not None and gap > self.patience_sec:
            return False
        return runs.are_near(self.gauges, gist.gauges, entry.observed_at - self.first_at)

    def extend(self, entry: Entry) -> None:
        self.position = entry.position
        self.last_at = max(entry.observed_at, self.last_at)
        self.patience_sec = _seconds(entry.patience)
        self.added += 1


class NewEvents:
    """Of some accounts. `record` every snapshot in turn, then `write`; part of a write."""

    def __init__(self, account_ids: Collection[int]) -> None:
        self._newest: dict[int, _Run] = {}
        self._patterns: dict[int, str] = {}
        self._new_patterns: list[Row] = []
        # In the order in which they began.
        self._touched: list[tuple[int, _Run]] = []
        self._read(account_ids)

    def record(self, entry: Entry) -> None:
        """Lengthen the newest run of the account when this says the same; otherwise begin another event.

        What comes late stands at its own place, by itself. Where a time contradicts the order, the order is right: of
        two snapshots the later one was not read before the other, whatever clock said so.
        """
        newest = self._newest.get(entry.account_id)
        if newest is None:
            self._begin(entry, entry.observed_at)
        elif entry.position < newest.position:
            self._add_late(entry)
        elif newest.is_continued_by(entry):
            if not newest.added:
                self._touched.append((entry.account_id, newest))
            newest.extend(entry)
        elif entry.position > newest.position:
            self._begin(entry, max(entry.observed_at, newest.last_at))

    def write(self) -> None:
        known = [(account_id, each) for account_id, each in self._touched if each.stored_at is not None]
        new = [(account_id, each) for account_id, each in self._touched if each.stored_at is None]
        run_many(_EXTEND, [_extension(account_id, each) for account_id, each in known])
        run_many(ADD, [_addition(account_id, each) for account_id, each in new])
        run_many(_ADD_PATTERN, self._new_patterns)
        for _, each in self._touched:
            each.stored_at, each.added = each.position, 0
        self._touched.clear()
        self._new_patterns.clear()

    def _read(self, account_ids: Collection[int]) -> None:
        for account_id, *event, pattern in fetch_by_keys(_NEWEST, ((account_id,) for account_id in account_ids)):
            if event[0] is not None:
                self._newest[account_id] = _run(event)
            # It outlives all events of an account that were read long ago.
            if pattern is not None:
                self._patterns[account_id] = pattern

    def _begin(self, entry: Entry, at: datetime) -> None:
        begun = self._newest[entry.account_id] = self._single(entry, at)
        self._touched.append((entry.account_id, begun))

    def _add_late(self, entry: Entry) -> None:
        # Its neighbours may be among them.
        self.write()
        late = self._single(entry, _between_neighbours(entry))
        self._touched.append((entry.account_id, late))

    def _single(self, entry: Entry, at: datetime) -> _Run:
        snapshot, error = entry.snapshot, entry.snapshot.item.error
        gist, texts = snapshot.gist, (snapshot.raw_json, snapshot.parsed_json)
        packed = packing.pack(*texts, self._patterns.get(entry.account_id))
        if entry.account_id not in self._patterns:
            self._add_pattern(entry.account_id, packing.pattern_of(*texts))
        failure = (str(error.code), error.message) if error else (None, None)
        gauges_json = None if error else msgspec.json.encode(gist.gauges).decode()
        content = (*failure, gist.fingerprint, gauges_json, packed)
        patience_sec = _seconds(entry.patience)
        return _Run(None, entry.position, at, at, patience_sec, gist.fingerprint, gist.gauges, content, added=1)

    def _add_pattern(self, account_id: int, pattern: str | None) -> None:
        """For all events to come: from then on it stays as it is."""
        if pattern is not None:
            self._patterns[account_id] = pattern
            self._new_patterns.append((account_id, pattern))


def _run(columns: Sequence[Any]) -> _Run:
    """From those of _NEWEST between the account and the pattern."""
    epoch, seq, first_at, last_at, patience_sec, fingerprint, gauges_json = columns
    position, gauges = Position(epoch, seq), msgspec.json.decode(gauges_json or "{}")
    return _Run(position, position, moment_of(first_at), moment_of(last_at), patience_sec, fingerprint, gauges)


def _extension(account_id: int, each: _Run) -> Row:
    return (*each.position, to_column(each.last_at), each.patience_sec, each.added, account_id, *each.stored_at)  # type: ignore[misc]


def _addition(account_id: int, each: _Run) -> Row:
    times = (to_column(each.first_at), to_column(each.last_at))
    return (account_id, *each.position, *times, each.added, each.patience_sec, *each.content)


def _between_neighbours(entry: Entry) -> datetime:
    place = (entry.account_id, *entry.position)
    before, after = (from_column(moment) for moment in run(_NEIGHBOURS, place * 2).fetchone())
    at = entry.observed_at if after is None else min(entry.observed_at, after)
    return at if before is None else max(at, before)


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())
