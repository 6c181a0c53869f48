"""What a line is drawn from: the runs of an account, as one of its windows shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from collector import runs
from collector.database import fetch_rows, run
from collector.queries.events import END, Position, moment_of
from collector.series import Failure, Span, Stretch

_PAGE = """
    SELECT epoch, seq, first_at, last_at, count, patience_sec, error_code, gauges_json
    FROM event WHERE account_id = ? AND (epoch, seq) < (?, ?) ORDER BY epoch DESC, seq DESC LIMIT 1000
"""
_READING = "SELECT parsed_json FROM reading WHERE account_id = ?"


@dataclass(frozen=True)
class History:
    """Runs of readings and runs of failures, each by their start."""

    stretches: list[Stretch]
    failures: list[Failure]


def find_tightest_window(account_id: int) -> str | None:
    """Of which the last good reading had the least left. A bucket only where there is nothing else; None: no window."""
    row = run(_READING, (account_id,)).fetchone()
    reading = msgspec.json.decode(row[0])["normalized"] if row and row[0] else {}
    windows: dict[str, dict[str, Any]] = reading.get("windows") or {}
    return min(windows, key=lambda name: _looseness(windows[name]), default=None)


def read_history(account_id: int, window: str, since: datetime, until: datetime) -> History:
    """What reaches into that time, and the run before it: the first in it may have begun with a reset."""
    rows = [row for row in _rows_back_to(account_id, since) if moment_of(row["first_at"]) <= until]
    stretches = [_stretch(row, window) for row in rows if row["error_code"] is None]
    failures = [Failure(_span(row), row["error_code"], row["count"]) for row in rows if row["error_code"] is not None]
    # What came late lies among others.
    return History(
        stretches=sorted(stretches, key=lambda stretch: stretch.span.start),
        failures=sorted(failures, key=lambda failure: failure.span.start),
    )


def _rows_back_to(account_id: int, since: datetime) -> Iterator[dict[str, Any]]:
    """Newest first, up to the first reading that had ended before: in this order times never rise."""
    place = END
    while rows := fetch_rows(_PAGE, (account_id, *place)):
        for row in rows:
            yield row
            if row["error_code"] is None and moment_of(row["last_at"]) < since:
                return
        place = Position(rows[-1]["epoch"], rows[-1]["seq"])


def _stretch(row: dict[str, Any], window: str) -> Stretch:
    gauge = msgspec.json.decode(row["gauges_json"]).get(window, [None, None])
    resets_at = None if runs.is_bucket(gauge) else gauge[1]
    return Stretch(_span(row), row["patience_sec"], gauge[0], resets_at)


def _span(row: dict[str, Any]) -> Span:
    return Span(moment_of(row["first_at"]).timestamp(), moment_of(row["last_at"]).timestamp())


def _looseness(window: dict[str, Any]) -> tuple[bool, float]:
    left = window.get("leftPercent")
    return bool(window.get("bucket")), 100.0 if left is None else left
