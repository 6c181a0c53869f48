"""Snapshots, taken in exactly once and in the order of their numbers.

The statements are fixed texts: they run for every snapshot of the fleet, and building them costs more than running.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.database import run, to_column
from collector.group_commit import commit_together
from collector.queries import events, fleet, hosts, logins, wishes
from collector.queries.events import Entry, Position
from collector.states import has_room, identity_of, patience
from collector.wire import Batch, Normalized, Snapshot

# Less than this is the way through the network, not a wrong clock.
_IGNORED_SKEW = timedelta(seconds=5)
# No spool keeps anything for longer: what seems to be older was read by a clock that has been set right since.
_OLDEST = timedelta(days=7)

_FIND_EPOCH = "SELECT id FROM epoch WHERE host_id = ? AND epoch = ?"
_ADD_EPOCH = "INSERT INTO epoch (host_id, epoch) VALUES (?, ?) ON CONFLICT DO NOTHING"
_FIND_RECEIVED = "SELECT digest FROM ledger WHERE epoch_id = ? AND seq = ?"
_FIND_ACCOUNT = """
    SELECT account.id, account.removed_at, reading.identity
    FROM account LEFT JOIN reading ON reading.account_id = account.id WHERE account.host_id = ? AND account.label = ?
"""
_RECEIVE = "INSERT INTO ledger (epoch_id, seq, digest, received_at) VALUES (?, ?, ?, ?)"
# The guards at the end hold the order: what is late leaves the newer row alone.
_RECORD_ATTEMPT = """
    INSERT INTO reading (account_id, attempt_epoch, attempt_seq, attempted_at, error_code, error_message, has_room)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_id) DO UPDATE SET
        attempt_epoch = excluded.attempt_epoch, attempt_seq = excluded.attempt_seq,
        attempted_at = excluded.attempted_at, error_code = excluded.error_code, error_message = excluded.error_message
    WHERE (reading.attempt_epoch, reading.attempt_seq) < (excluded.attempt_epoch, excluded.attempt_seq)
"""
_RECORD_READING = """
    UPDATE reading SET good_epoch = ?, good_seq = ?, read_at = ?, observed_at = ?,
        raw_json = ?, parsed_json = ?, email = ?, plan_type = ?, has_room = ?, stale_at = ?, identity = ?
    WHERE account_id = ? AND (good_epoch IS NULL OR (good_epoch, good_seq) < (?, ?))
"""


@dataclass(frozen=True)
class Fate:
    """What became of one item: `stored`, `duplicate`, or `rejected` with a code."""

    seq: int
    status: str
    code: str | None = None


@dataclass(frozen=True)
class _Arrival:
    """A snapshot with its place in the order and its times by the collector's clock."""

    snapshot: Snapshot
    account_id: int
    epoch_id: int
    received_at: datetime
    observed_at: datetime
    stale_at: datetime | None
    identity: str | None
    """Whose login was read; None where nothing was, or not that."""

    @property
    def order(self) -> tuple[int, int]:
        return self.epoch_id, self.snapshot.item.seq

    @property
    def error(self) -> tuple[str | None, str | None]:
        error = self.snapshot.item.error
        return (str(error.code), error.message) if error else (None, None)


class _Intake:
    """One batch on its way in."""

    def __init__(self, host_id: int, batch: Batch, now: datetime) -> None:
        self._host_id = host_id
        self._epoch_id = _find_or_create_epoch_id(host_id, batch.epoch)
        self._skew = now - batch.sent_at
        self._now = now
        self._patience = patience(hosts.get_facts(host_id))
        self.changed_ids: set[int] = set()
        """Accounts that `/latest` shows otherwise after this."""

    def take(self, snapshot: Snapshot) -> Fate:
        seq = snapshot.item.seq
        received = run(_FIND_RECEIVED, (self._epoch_id, seq)).fetchone()
        if received is not None:
            is_same = received[0] == snapshot.digest
            return Fate(seq, "duplicate") if is_same else Fate(seq, "rejected", "seq_conflict")
        account = run(_FIND_ACCOUNT, (self._host_id, snapshot.item.account_label)).fetchone()
        if account is None:
            return Fate(seq, "rejected", "unknown_account")
        account_id, removed_at, shown_identity = account
        arrival = self._arrival(snapshot, account_id)
        run(_RECEIVE, (*arrival.order, snapshot.digest, arrival.received_at))
        events.record_event(self._entry(arrival))
        self._answer_wish(arrival)
        if removed_at is None:
            self._show(arrival, shown_identity)
        return Fate(seq, "stored")

    def _answer_wish(self, arrival: _Arrival) -> None:
        """A failed probe answers too; what is late answers what was wished before its probe, and nothing newer."""
        cursor = arrival.snapshot.item.refresh_cursor
        if cursor is not None and wishes.record_answer(arrival.account_id, cursor):
            # Whoever waits for the answer is woken, even where nothing is shown otherwise.
            self.changed_ids.add(arrival.account_id)

    def _arrival(self, snapshot: Snapshot, account_id: int) -> _Arrival:
        observed_at = _corrected(snapshot.item.observed_at, self._skew, self._now)
        return _Arrival(
            snapshot=snapshot,
            account_id=account_id,
            epoch_id=self._epoch_id,
            received_at=to_column(self._now),
            observed_at=observed_at,
            stale_at=None if self._patience is None else to_column(self._now + self._patience),
            identity=identity_of(snapshot.reading) if snapshot.reading else None,
        )

    def _entry(self, arrival: _Arrival) -> Entry:
        # A history is kept for long, and shorter so.
        to_the_second = arrival.observed_at.replace(microsecond=0)
        return Entry(arrival.snapshot, arrival.account_id, Position(*arrival.order), to_the_second, self._patience)

    def _show(self, arrival: _Arrival, shown_identity: str | None) -> None:
        if not _record_latest(arrival):
            return
        self.changed_ids.add(arrival.account_id)
        if arrival.snapshot.reading is not None and arrival.identity != shown_identity:
            logins_moved = {identity for identity in (arrival.identity, shown_identity) if identity is not None}
            self.changed_ids |= logins.list_account_ids(logins_moved)


def record_batch(host_id: int, batch: Batch, snapshots: Sequence[Snapshot], now: datetime) -> list[Fate]:
    """Store what is new and say what became of each item; committed when this returns.

    An item that cannot be taken is rejected on its own and leaves nothing behind, so that it never blocks the rest.
    """
    return commit_together(lambda: _record(host_id, batch, snapshots, now))


def _record(host_id: int, batch: Batch, snapshots: Sequence[Snapshot], now: datetime) -> list[Fate]:
    intake = _Intake(host_id, batch, now)
    fates = [intake.take(snapshot) for snapshot in snapshots]
    fleet.record_changes(intake.changed_ids)
    hosts.record_delivery(host_id, _delivery(batch, fates, now), now)
    return fates


def _delivery(batch: Batch, fates: Sequence[Fate], now: datetime) -> hosts.Delivery:
    counts = Counter(fate.status for fate in fates)
    # Sent again because its answer was lost: what it says was dropped has been counted.
    is_known = bool(fates) and counts["duplicate"] == len(fates)
    return hosts.Delivery(
        skew_seconds=(now - batch.sent_at).total_seconds(),
        spool_items=batch.spool_items,
        dropped=0 if is_known else batch.dropped,
        stored=counts["stored"],
        duplicate=counts["duplicate"],
        rejected=counts["rejected"],
    )


def _find_or_create_epoch_id(host_id: int, epoch: str) -> int:
    known = run(_FIND_EPOCH, (host_id, epoch)).fetchone()
    if known is None:
        # Another process may add it at the same moment.
        run(_ADD_EPOCH, (host_id, epoch))
        known = run(_FIND_EPOCH, (host_id, epoch)).fetchone()
    return int(known[0])


def _corrected(observed_at: datetime, skew: timedelta, now: datetime) -> datetime:
    """The time of a probe by the collector's clock, for display only; never in the future, nor before any spool."""
    correction = skew if abs(skew) >= _IGNORED_SKEW else timedelta()
    return min(max(observed_at + correction, now - _OLDEST), now)


def _record_latest(arrival: _Arrival) -> bool:
    """Whether the account's newest attempt or last good reading is another one now."""
    attempt = (arrival.account_id, *arrival.order, arrival.received_at, *arrival.error, False)
    is_newest = run(_RECORD_ATTEMPT, attempt).rowcount > 0
    # Apart from the attempt: an older reading that comes late still counts while no newer one was good.
    reading = arrival.snapshot.reading
    is_last_good = reading is not None and _record_reading(arrival, reading)
    return is_newest or is_last_good


def _record_reading(arrival: _Arrival, reading: Normalized) -> bool:
    stored = (arrival.snapshot.raw_json, arrival.snapshot.parsed_json)
    facts = (reading.account_email, reading.rate_plan_type, has_room(reading))
    derived = (arrival.stale_at, arrival.identity)
    times = (arrival.received_at, to_column(arrival.observed_at))
    values = (*arrival.order, *times, *stored, *facts, *derived)
    return bool(run(_RECORD_READING, (*values, arrival.account_id, *arrival.order)).rowcount > 0)
