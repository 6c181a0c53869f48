#!/usr/bin/env python3
"""Whether a long history slows /latest down: 1,000 accounts with 10,000 and with 1,000,000 rows of it.

Type: .venv/bin/python scripts/bench/latest_history.py
Two databases in temporary folders take turns in one run; requests go to the application itself. Processor time is
measured: others at work on the machine do not count. Takes about two minutes and 500 MB of disk.
"""

import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from latest_fleet import ACCOUNTS_OF_HOST, HOSTS, Fleet, get
from verdict import finish, say

from collector.database import close_database, open_database
from collector.settings import Settings

ROUNDS, CALLS = 40, 7
LENGTHS = (10_000, 1_000_000)
MOST_RATIO = 1.1

# As if each account had been read that often before; epochs count from 1.
_LENGTHEN = """
    WITH RECURSIVE up(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM up WHERE number < ?)
    INSERT INTO event SELECT NULL, account_id, 0, number, first_at, last_at, count, error_code, error_message,
        fingerprint, patience_sec, gauges_json, packed
    FROM up, event WHERE epoch > 0
"""


def make_fleet(folder: Path, hosts: int, rows: int) -> Fleet:
    """With so many events in all."""
    folder.mkdir()
    fleet = Fleet(folder, hosts)
    close_database()
    with sqlite3.connect(folder / "collector.sqlite3") as connection:
        connection.execute(_LENGTHEN, (rows // (hosts * ACCOUNTS_OF_HOST) - 1,))
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (rows,)
    connection.close()
    return fleet


def read_latest(fleet: Fleet, folder: Path) -> list[float]:
    """Seconds that the whole answer took each time, once everything that is kept in memory is there."""
    open_database(Settings(data_dir=folder))
    get(fleet.app, fleet.token)
    answers = [get(fleet.app, fleet.token) for _ in range(CALLS)]
    close_database()
    assert all(answer.status == 200 for answer in answers)
    return [answer.seconds for answer in answers]


def compare(folder: Path, hosts: int, lengths: tuple[int, int], rounds: int) -> dict[str, Any]:
    """The time of the whole answer with the second number of events, to that with the first."""
    short, long = lengths
    folders = {rows: folder / str(rows) for rows in lengths}
    fleets = {rows: make_fleet(each, hosts, rows) for rows, each in folders.items()}
    seconds: dict[int, list[float]] = {short: [], long: []}
    for turn in range(rounds):
        for rows in lengths if turn % 2 else reversed(lengths):
            seconds[rows] += read_latest(fleets[rows], folders[rows])
        say(f"round {turn + 1} of {rounds}")
    medians = {rows: statistics.median(each) for rows, each in seconds.items()}
    ratio = medians[long] / medians[short]
    in_ms = {str(rows): round(1000 * median, 2) for rows, median in medians.items()}
    return {"rows_ms": in_ms, "ratio": round(ratio, 3), "goal": MOST_RATIO, "ok": ratio <= MOST_RATIO}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        finish({"bench": "latest_history", "rounds": ROUNDS, **compare(Path(folder), HOSTS, LENGTHS, ROUNDS)})


if __name__ == "__main__":
    main()
