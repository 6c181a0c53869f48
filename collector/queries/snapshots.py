"""Snapshots, taken in exactly once and in the order of their numbers.

A batch reads in a few statements all that it may change, decides, and writes in a few more. They are fixed texts: they
run all the time, and building them costs more than running. Nobody else writes meanwhile.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.database import run, run_many, to_column
from collector.group_commit import commit_together
from collector.queries import fleet, hosts, logins, readings, wishes
from collector.queries.events import Position
from collector.queries.many import marks
from collector.queries.new_events import Entry, NewEvents
from collector.queries.readings import Attempt, Good, Shown
from collector.states import has_room, identity_of, patience
from collector.wire import Batch, Normalized, Snapshot

# Less than this is the way through the network, not a wrong clock.
_IGNORED_SKEW = timedelta(seconds=5)
# No spool keeps anything for longer: what seems to be older was read by a clock that has been set right since.
_OLDEST = timedelta(days=7)

_FIND_EPOCH = "SELECT id FROM epoch WHERE host_id = ? AND epoch = ?"
_ADD_EPOCH = "INSERT INTO epoch (host_id, epoch) VALUES (?, ?) ON CONFLICT DO NOTHING"
_FIND_RECEIVED = "SELECT seq, digest FROM ledger WHERE epoch_id = ? AND seq IN ({marks})"
_RECEIVE = "INSERT INTO ledger (epoch_id, seq, digest, received_at) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True)
class Fate:
    """What became of one item: `stored`, `duplicate`, or `rejected` with a code."""

    seq: int
    status: str
    code: str | None = None


class _Intake:
    """One batch on its way in."""

    def __init__(self, host_id: int, batch: Batch, snapshots: Sequence[Snapshot], now: datetime) -> None:
        self.host = hosts.get_facts(host_id)
        self._epoch_id = _find_or_create_epoch_id(host_id, batch.epoch)
        self._now, self._skew = now, now - batch.sent_at
        self._received_at = to_column(now)
        self._patience = patience(self.host)
        self._stale_at = None if self._patience is None else to_column(now + self._patience)
        self._digests = _find_digests(self._epoch_id, snapshots)
        self._receipts: list[tuple[Any, ...]] = []
        self._shown = readings.find_shown(host_id, {snapshot.item.account_label for snapshot in snapshots})
        self._events = NewEvents([shown.account_id for shown in self._shown.values()])
        self._changed_ids: set[int] = set()
        """Accounts that `/latest` shows otherwise after this."""

    def take(self, snapshot: Snapshot) -> Fate:
        seq = snapshot.item.seq
        digest = self._digests.get(seq)
        if digest is not None:
            return Fate(seq, "duplicate") if digest == snapshot.digest else Fate(seq, "rejected", "seq_conflict")
        shown = self._shown.get(snapshot.item.account_label)
        if shown is None:
            return Fate(seq, "rejected", "unknown_account")
        self._digests[seq] = snapshot.digest
        self._receipts.append((self._epoch_id, seq, snapshot.digest, self._received_at))
        observed_at = _corrected(snapshot.item.observed_at, self._skew, self._now)
        self._record_event(snapshot, shown, observed_at)
        self._answer_wish(snapshot, shown)
        if not shown.is_removed:
            self._show(snapshot, shown, observed_at)
        return Fate(seq, "stored")

    def write(self) -> None:
        run_many(_RECEIVE, self._receipts)
        self._events.write()
        readings.write_shown(self._shown.values())
        fleet.record_changes(self._changed_ids)

    def _record_event(self, snapshot: Snapshot, shown: Shown, observed_at: datetime) -> None:
        # A history is kept for long, and shorter so.
        to_the_second = observed_at.replace(microsecond=0)
        position = Position(self._epoch_id, snapshot.item.seq)
        self._events.record(Entry(snapshot, shown.account_id, position, to_the_second, self._patience))

    def _answer_wish(self, snapshot: Snapshot, shown: Shown) -> None:
        """A failed probe answers too; what is late answers what was wished before its probe, and nothing newer."""
        cursor = snapshot.item.refresh_cursor
        if cursor is not None and wishes.record_answer(shown.account_id, cursor):
            # Whoever waits for the answer is woken, even where nothing is shown otherwise.
            self._changed_ids.add(shown.account_id)

    def _show(self, snapshot: Snapshot, shown: Shown, observed_at: datetime) -> None:
        error, identity_before = snapshot.item.error, shown.identity
        failure = (str(error.code), error.message) if error else (None, None)
        attempt = Attempt(self._epoch_id, snapshot.item.seq, self._received_at, *failure)
        is_shown = shown.take_attempt(attempt)
        # Apart from the attempt: an older reading that comes late still counts while no newer one was good.
        if snapshot.reading is not None:
            is_shown |= shown.take_good(self._good(snapshot, snapshot.reading, observed_at))
        if is_shown:
            self._changed_ids.add(shown.account_id)
        if shown.identity != identity_before:
            moved = {identity for identity in (shown.identity, identity_before) if identity is not None}
            self._changed_ids |= logins.list_account_ids(moved)

    def _good(self, snapshot: Snapshot, reading: Normalized, observed_at: datetime) -> Good:
        return Good(
            epoch=self._epoch_id,
            seq=snapshot.item.seq,
            read_at=self._received_at,
            observed_at=to_column(observed_at),
            raw_json=snapshot.raw_json,
            parsed_json=snapshot.parsed_json,
            email=reading.account_email,
            plan_type=reading.rate_plan_type,
            has_room=has_room(reading),
            stale_at=self._stale_at,
            identity=identity_of(reading),
        )


def record_batch(host_id: int, batch: Batch, snapshots: Sequence[Snapshot], now: datetime) -> list[Fate]:
    """Store what is new and say what became of each item; committed when this returns.

    An item that cannot be taken is rejected on its own and leaves nothing behind, so that it never blocks the rest.
    """
    return commit_together(lambda: _record(host_id, batch, snapshots, now))


def _record(host_id: int, batch: Batch, snapshots: Sequence[Snapshot], now: datetime) -> list[Fate]:
    intake = _Intake(host_id, batch, snapshots, now)
    fates = [intake.take(snapshot) for snapshot in snapshots]
    intake.write()
    hosts.record_delivery(host_id, intake.host, _delivery(batch, fates, now), now)
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


def _find_digests(epoch_id: int, snapshots: Sequence[Snapshot]) -> dict[int, str]:
    """Of what has been taken in under these numbers before."""
    seqs = [snapshot.item.seq for snapshot in snapshots]
    rows = run(_FIND_RECEIVED.format(marks=marks(seqs)), (epoch_id, *seqs)).fetchall() if seqs else ()
    return dict(rows)


def _corrected(observed_at: datetime, skew: timedelta, now: datetime) -> datetime:
    """The time of a probe by the collector's clock, for display only; never in the future, nor before any spool."""
    correction = skew if abs(skew) >= _IGNORED_SKEW else timedelta()
    return min(max(observed_at + correction, now - _OLDEST), now)
