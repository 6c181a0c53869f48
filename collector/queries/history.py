"""What a line is drawn from: the runs of an account, as one of its windows shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from collector import runs
from collector.database import run, seconds_of, to_column
from collector.series import Failure, Span, Stretch

# In the order of an account's events times never fall: all but the first that had ended before come after it.
_BEFORE = """
    SELECT epoch, seq FROM event WHERE account_id = ? AND error_code IS NULL AND last_at < ?
    ORDER BY epoch DESC, seq DESC LIMIT 1
"""
_RUNS = """
    SELECT {first_at}, {last_at}, count, patience_sec, error_code, gauges_json
    FROM event WHERE account_id = ? AND (epoch, seq) >= (?, ?) AND first_at <= ? ORDER BY epoch, seq
"""
_READING = "SELECT parsed_json FROM reading WHERE account_id = ?"


@dataclass(frozen=True)
class History:
    """Runs of readings by their start, and runs of failures."""

    stretches: list[Stretch]
    failures: list[Failure]


def find_tightest_window(account_id: int) -> str | None:
    """Of which the last good reading had the least left. A bucket only where there is nothing else; None: no window."""
    row = run(_READING, (account_id,)).fetchone()
    reading = msgspec.json.decode(row[0])["normalized"] if row and row[0] else {}
    windows: dict[str, dict[str, Any]] = reading.get("windows") or {}
    return min(windows, key=lambda name: _looseness(windows[name]), default=None)


def read_history(account_id: int, window: str, since: datetime, until: datetime) -> History:
    """What reaches into that time, and the reading before it: the first in it may have begun with a reset."""
    before = run(_BEFORE, (account_id, to_column(since))).fetchone() or (0, 0)
    sql = _RUNS.format(first_at=seconds_of("first_at"), last_at=seconds_of("last_at"))
    history = History([], [])
    for first_at, last_at, count, patience_sec, error_code, gauges_json in run(
        sql, (account_id, *before, to_column(until))
    ):
        span = Span(first_at, last_at)
        if error_code is None:
            history.stretches.append(_stretch(span, patience_sec, gauges_json, window))
        else:
            history.failures.append(Failure(span, error_code, count))
    # What came late lies among others.
    history.stretches.sort(key=lambda stretch: stretch.span.start)
    return history


def _stretch(span: Span, patience: int | None, gauges_json: str, window: str) -> Stretch:
    gauge = msgspec.json.decode(gauges_json).get(window, [None, None])
    return Stretch(span, patience, gauge[0], None if runs.is_bucket(gauge) else gauge[1])


def _looseness(window: dict[str, Any]) -> tuple[bool, float]:
    left = window.get("leftPercent")
    return bool(window.get("bucket")), 100.0 if left is None else left
