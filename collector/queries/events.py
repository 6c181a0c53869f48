"""An account's history, as it is read: runs of equal readings and failures. `new_events` writes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from collector import packing
from collector.database import fetch_rows, from_column, run

_PAGE = """
    SELECT epoch, seq, first_at, last_at, count, error_code, error_message, packed
    FROM event WHERE account_id = ? AND (epoch, seq) < (?, ?) ORDER BY epoch DESC, seq DESC LIMIT ?
"""
_FIND_PATTERN = "SELECT text FROM pattern WHERE account_id = ?"


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


def list_events(account_id: int, limit: int, before: Position = END) -> list[Event]:
    """Newest first."""
    pattern = run(_FIND_PATTERN, (account_id,)).fetchone()
    rows = fetch_rows(_PAGE, (account_id, *before, limit))
    return [_event(row, pattern[0] if pattern else None) for row in rows]


def moment_of(value: str | datetime) -> datetime:
    """The aware time in a column that is never empty."""
    return cast(datetime, from_column(value))


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
