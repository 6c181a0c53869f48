"""What is shown of an account: its last good reading beside its newest attempt, each with its place in the order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from collector.database import run_many
from collector.queries.events import Position
from collector.queries.many import fetch_by_keys

_FIND = """
    WITH wanted (host_id, label) AS (VALUES {keys})
    SELECT account.host_id, account.label, account.id, account.removed_at, reading.attempt_epoch, reading.attempt_seq,
        reading.attempted_at, reading.error_code, reading.error_message,
        reading.good_epoch, reading.good_seq, reading.identity
    FROM wanted JOIN account ON account.host_id = wanted.host_id AND account.label = wanted.label
    LEFT JOIN reading ON reading.account_id = account.id
"""
_RECORD_ATTEMPT = """
    INSERT INTO reading (account_id, attempt_epoch, attempt_seq, attempted_at, error_code, error_message, has_room)
    VALUES (?, ?, ?, ?, ?, ?, FALSE)
    ON CONFLICT (account_id) DO UPDATE SET
        attempt_epoch = excluded.attempt_epoch, attempt_seq = excluded.attempt_seq,
        attempted_at = excluded.attempted_at, error_code = excluded.error_code, error_message = excluded.error_message
"""
# scripts/bench/batches.py measures against the driver's own way with this statement.
RECORD_READING = """
    INSERT INTO reading (account_id, attempt_epoch, attempt_seq, attempted_at, error_code, error_message,
        good_epoch, good_seq, read_at, observed_at, raw_json, parsed_json, email, plan_type, has_room,
        stale_at, identity)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_id) DO UPDATE SET
        attempt_epoch = excluded.attempt_epoch, attempt_seq = excluded.attempt_seq,
        attempted_at = excluded.attempted_at, error_code = excluded.error_code, error_message = excluded.error_message,
        good_epoch = excluded.good_epoch, good_seq = excluded.good_seq,
        read_at = excluded.read_at, observed_at = excluded.observed_at,
        raw_json = excluded.raw_json, parsed_json = excluded.parsed_json,
        email = excluded.email, plan_type = excluded.plan_type, has_room = excluded.has_room,
        stale_at = excluded.stale_at, identity = excluded.identity
"""


Key = tuple[int, str]
"""Of an account: its host's id, and its label."""


class Attempt(NamedTuple):
    """Columns of a probe, good or not; `at` as stored."""

    epoch: int
    seq: int
    at: Any
    error_code: str | None
    error_message: str | None


class Good(NamedTuple):
    """Columns of a good reading; times as stored."""

    epoch: int
    seq: int
    read_at: Any
    observed_at: Any
    raw_json: str | None
    parsed_json: str | None
    email: str | None
    plan_type: str | None
    has_room: bool
    stale_at: Any
    identity: str | None


@dataclass(slots=True)
class Shown:
    """An account as deliveries find it, and as they leave it: what is late leaves what is newer alone."""

    account_id: int
    is_removed: bool
    attempt: Attempt | None
    good_position: Position | None
    identity: str | None
    """Whose login the last good reading is of."""
    new_good: Good | None = None
    has_new_attempt: bool = False

    def take_attempt(self, attempt: Attempt) -> bool:
        """Whether it is the newest now."""
        if self.attempt is not None and attempt[:2] <= self.attempt[:2]:
            return False
        self.attempt, self.has_new_attempt = attempt, True
        return True

    def take_good(self, good: Good) -> bool:
        """Whether it is the last good reading now: also an older one is, while no newer attempt was good."""
        position = Position(good.epoch, good.seq)
        if self.good_position is not None and position <= self.good_position:
            return False
        self.new_good, self.good_position, self.identity = good, position, good.identity
        return True


def find_shown(keys: Iterable[Key]) -> dict[Key, Shown]:
    """The accounts of these hosts and labels, those too that are no longer registered."""
    return {row[:2]: _shown(*row[2:]) for row in fetch_by_keys(_FIND, keys)}


def write_shown(found: Iterable[Shown]) -> None:
    """What has become of them; part of the write that found them."""
    attempts, readings = [], []
    for shown in found:
        if shown.attempt is None:
            continue
        attempt = (shown.account_id, *shown.attempt)
        if shown.new_good is not None:
            readings.append((*attempt, *shown.new_good))
        elif shown.has_new_attempt:
            attempts.append(attempt)
    run_many(_RECORD_ATTEMPT, attempts)
    run_many(RECORD_READING, readings)


def _shown(account_id: int, removed_at: Any, *columns: Any) -> Shown:
    attempt = None if columns[0] is None else Attempt(*columns[:5])
    good_epoch, good_seq, identity = columns[5:]
    good_position = None if good_epoch is None else Position(good_epoch, good_seq)
    return Shown(account_id, removed_at is not None, attempt, good_position, identity)
