"""Refresh wishes: made, handed to the agents, and answered by their snapshots."""

from collector.database import run
from collector.parking import Signals

_READ_SIGNALS = """
    SELECT fleet.revision, refresh_queue.host_id, refresh_queue.issued_cursor FROM fleet LEFT JOIN refresh_queue ON TRUE
"""


def read_signals() -> Signals:
    rows = run(_READ_SIGNALS).fetchall()
    wishes = {host_id: cursor for _, host_id, cursor in rows if host_id is not None}
    return Signals(revision=rows[0][0], wishes=wishes)
