"""An account's history, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.database import fetch_rows, from_column

_PAGE = """
    SELECT epoch, seq, first_at, last_at, count, observed_at, error_code, error_message, raw_json, parsed_json
    FROM event WHERE account_id = ? AND (epoch, seq) < (?, ?) ORDER BY epoch DESC, seq DESC LIMIT ?
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
    first_at: datetime | None
    last_at: datetime | None
    count: int
    observed_at: datetime | None
    error_code: str | None
    error_message: str | None
    raw_json: str | None
    parsed_json: str | None


def list_events(account_id: int, limit: int, before: Position = END) -> list[Event]:
    rows = fetch_rows(_PAGE, (account_id, before.epoch, before.seq, limit))
    return [_event(row) for row in rows]


def _event(row: dict[str, Any]) -> Event:
    return Event(
        position=Position(row["epoch"], row["seq"]),
        first_at=from_column(row["first_at"]),
        last_at=from_column(row["last_at"]),
        count=row["count"],
        observed_at=from_column(row["observed_at"]),
        error_code=row["error_code"],
        error_message=row["error_message"],
        raw_json=row["raw_json"],
        parsed_json=row["parsed_json"],
    )
