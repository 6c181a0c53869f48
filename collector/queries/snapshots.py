"""Snapshots, taken in exactly once and in the order of their numbers.

Deliveries that wait are taken in together: what they may change is read in a few statements, decided on, and written in
a few more. These are fixed texts: they run all the time, and building them costs more than running. Nobody else writes
meanwhile.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from collector.database import run_many, to_column
from collector.group_commit import GroupCommit
from collector.queries import fleet, hosts, logins, readings
from collector.queries.events import Position
from collector.queries.many import fetch_by_keys
from collector.queries.new_events import Entry, NewEvents
from collector.queries.readings import Attempt, Good, Shown
from collector.queries.wishes import Answers
from collector.states import HostFacts, has_room, identity_of, patience
from collector.wire import Batch, Item, Normalized, Snapshot

# Less than this is the way through the network, not a wrong clock.
_IGNORED_SKEW = timedelta(seconds=5)
# No spool keeps anything for longer: what seems to be older was read by a clock that has been set right since.
_OLDEST = timedelta(days=7)

_FIND_EPOCHS = """
    WITH wanted (host_id, epoch) AS (VALUES {keys})
    SELECT epoch.host_id, epoch.epoch, epoch.id
    FROM wanted JOIN epoch ON epoch.host_id = wanted.host_id AND epoch.epoch = wanted.epoch
"""
_ADD_EPOCH = "INSERT INTO epoch (host_id, epoch) VALUES (?, ?)"
_FIND_RECEIVED = """
    WITH wanted (epoch_id, seq) AS (VALUES {keys})
    SELECT ledger.epoch_id, ledger.seq, ledger.digest
    FROM wanted JOIN ledger ON ledger.epoch_id = wanted.epoch_id AND ledger.seq = wanted.seq
"""
# scripts/bench/batches.py measures against the driver's own way with this statement.
RECEIVE = "INSERT INTO ledger (epoch_id, seq, digest, received_at) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one item: `stored`, `duplicate`, or `rejected` with a code."""

    seq: int
    status: str
    code: str | None = None


class Delivery(NamedTuple):
    """A batch as it came, with its snapshots, from a host whose token was checked."""

    host_id: int
    batch: Batch
    snapshots: Sequence[Snapshot]
    now: datetime


class _Sender:
    """What all snapshots of a delivery have in common."""

    def __init__(self, delivery: Delivery, facts: HostFacts, epoch_id: int) -> None:
        self.host_id, self.epoch_id = delivery.host_id, epoch_id
        self.now = delivery.now
        self.skew = delivery.now - delivery.batch.sent_at
        self.patience = patience(facts)
        self.received_at = to_column(delivery.now)
        self.stale_at = None if self.patience is None else to_column(delivery.now + self.patience)

    def corrected(self, observed_at: datetime) -> datetime:
        """By the collector's clock, for display only; never in the future, nor before any spool."""
        correction = self.skew if abs(self.skew) >= _IGNORED_SKEW else timedelta()
        return min(max(observed_at + correction, self.now - _OLDEST), self.now)


class _Intake:
    """Deliveries on their way in."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self._facts = hosts.find_facts({delivery.host_id for delivery in deliveries})
        self._epoch_ids = _find_or_create_epoch_ids([_epoch_key(delivery) for delivery in deliveries])
        items = [(delivery, snapshot.item) for delivery in deliveries for snapshot in delivery.snapshots]
        numbers = {(self._epoch_ids[_epoch_key(delivery)], item.seq) for delivery, item in items}
        self._digests = {row[:2]: row[2] for row in fetch_by_keys(_FIND_RECEIVED, numbers)}
        self._shown = readings.find_shown({(delivery.host_id, item.account_label) for delivery, item in items})
        self._events = NewEvents([shown.account_id for shown in self._shown.values()])
        self._answers = Answers(self._account_ids_of_wishes(items))
        self._receipts: list[tuple[Any, ...]] = []
        self._reports: list[hosts.Report] = []
        self._changed_ids: set[int] = set()
        """Accounts that `/latest` shows otherwise after this."""

    def take(self, delivery: Delivery) -> list[Fate]:
        facts = self._facts[delivery.host_id]
        sender = _Sender(delivery, facts, self._epoch_ids[_epoch_key(delivery)])
        fates = [self._take(snapshot, sender) for snapshot in delivery.snapshots]
        self._reports.append(_report(delivery, facts, fates))
        return fates

    def write(self) -> None:
        run_many(RECEIVE, self._receipts)
        self._events.write()
        self._answers.write()
        readings.write_shown(self._shown.values())
        fleet.record_changes(self._changed_ids)
        hosts.record_deliveries(self._reports)

    def _account_ids_of_wishes(self, items: Sequence[tuple[Delivery, Item]]) -> set[int]:
        wished = {(delivery.host_id, item.account_label) for delivery, item in items if item.refresh_cursor is not None}
        return {self._shown[key].account_id for key in wished if key in self._shown}

    def _take(self, snapshot: Snapshot, sender: _Sender) -> Fate:
        number = (sender.epoch_id, snapshot.item.seq)
        digest = self._digests.get(number)
        if digest is not None:
            is_same = digest == snapshot.digest
            return Fate(number[1], "duplicate") if is_same else Fate(number[1], "rejected", "seq_conflict")
        shown = self._shown.get((sender.host_id, snapshot.item.account_label))
        if shown is None:
            return Fate(number[1], "rejected", "unknown_account")
        self._digests[number] = snapshot.digest
        self._receipts.append((*number, snapshot.digest, sender.received_at))
        observed_at = sender.corrected(snapshot.item.observed_at)
        # A history is kept for long, and shorter so.
        to_the_second = observed_at.replace(microsecond=0)
        self._events.record(Entry(snapshot, shown.account_id, Position(*number), to_the_second, sender.patience))
        self._answer_wish(snapshot, shown)
        if not shown.is_removed:
            self._show(snapshot, shown, sender, observed_at)
        return Fate(number[1], "stored")

    def _answer_wish(self, snapshot: Snapshot, shown: Shown) -> None:
        """A failed probe answers too; what is late answers what was wished before its probe, and nothing newer."""
        cursor = snapshot.item.refresh_cursor
        if cursor is not None and self._answers.take(shown.account_id, cursor):
            # Whoever waits for the answer is woken, even where nothing is shown otherwise.
            self._changed_ids.add(shown.account_id)

    def _show(self, snapshot: Snapshot, shown: Shown, sender: _Sender, observed_at: datetime) -> None:
        error, identity_before = snapshot.item.error, shown.identity
        failure = (str(error.code), error.message) if error else (None, None)
        is_shown = shown.take_attempt(Attempt(sender.epoch_id, snapshot.item.seq, sender.received_at, *failure))
        # Apart from the attempt: an older reading that comes late still counts while no newer one was good.
        if snapshot.reading is not None:
            is_shown |= shown.take_good(_good(snapshot, snapshot.reading, sender, observed_at))
        if is_shown:
            self._changed_ids.add(shown.account_id)
        if shown.identity != identity_before:
            moved = {identity for identity in (shown.identity, identity_before) if identity is not None}
            self._changed_ids |= logins.list_account_ids(moved)


def record_batch(host_id: int, batch: Batch, snapshots: Sequence[Snapshot], now: datetime) -> list[Fate]:
    """Store what is new and say what became of each item; committed when this returns.

    An item that cannot be taken is rejected on its own and leaves nothing behind, so that it never blocks the rest.
    """
    return _deliveries.commit(Delivery(host_id, batch, snapshots, now))


def _record_all(deliveries: Sequence[Delivery]) -> list[list[Fate]]:
    intake = _Intake(deliveries)
    fates = [intake.take(delivery) for delivery in deliveries]
    intake.write()
    return fates


_deliveries = GroupCommit(_record_all, size=lambda delivery: len(delivery.snapshots))


def _report(delivery: Delivery, facts: HostFacts, fates: Sequence[Fate]) -> hosts.Report:
    batch, counts = delivery.batch, Counter(fate.status for fate in fates)
    # Sent again because its answer was lost: what it says was dropped has been counted.
    is_known = bool(fates) and counts["duplicate"] == len(fates)
    return hosts.Report(
        host_id=delivery.host_id,
        known=facts,
        arrived_at=delivery.now,
        skew_seconds=(delivery.now - batch.sent_at).total_seconds(),
        spool_items=batch.spool_items,
        dropped=0 if is_known else batch.dropped,
        stored=counts["stored"],
        duplicate=counts["duplicate"],
        rejected=counts["rejected"],
    )


def _epoch_key(delivery: Delivery) -> tuple[int, str]:
    return delivery.host_id, delivery.batch.epoch


def _find_or_create_epoch_ids(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Ids rise in the order in which epochs are first seen."""
    known = _find_epoch_ids(set(keys))
    new = [key for key in dict.fromkeys(keys) if key not in known]
    run_many(_ADD_EPOCH, new)
    return {**known, **_find_epoch_ids(new)}


def _find_epoch_ids(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    return {row[:2]: row[2] for row in fetch_by_keys(_FIND_EPOCHS, keys)}


def _good(snapshot: Snapshot, reading: Normalized, sender: _Sender, observed_at: datetime) -> Good:
    return Good(
        epoch=sender.epoch_id,
        seq=snapshot.item.seq,
        read_at=sender.received_at,
        observed_at=to_column(observed_at),
        raw_json=snapshot.raw_json,
        parsed_json=snapshot.parsed_json,
        email=reading.account_email,
        plan_type=reading.rate_plan_type,
        has_room=has_room(reading),
        stale_at=sender.stale_at,
        identity=identity_of(reading),
    )
