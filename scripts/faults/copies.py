"""Copies of a collector's database that were made while agents pushed to it, and whether each is one moment of it."""

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from pushers import ITEMS, Pusher

_STORED = """
    SELECT host.name, ledger.seq
    FROM ledger JOIN epoch ON epoch.id = ledger.epoch_id JOIN host ON host.id = epoch.host_id
"""

Seqs = dict[str, set[int]]
"""Of each host the numbers of what is stored."""


@dataclass(frozen=True)
class Copy:
    """What was copied between two moments of a monotonic clock."""

    stored: Seqs
    began_at: float
    ended_at: float


def take(pushers: Sequence[Pusher], copy: Callable[[], Seqs]) -> Copy:
    """A copy once each agent has had something acknowledged since the one before."""
    known = [pusher.acknowledged for pusher in pushers]
    while any(pusher.acknowledged == seq for pusher, seq in zip(pushers, known, strict=True)):
        time.sleep(0.01)
    began_at = time.monotonic()
    stored = copy()
    return Copy(stored, began_at, time.monotonic())


def stored_in(database: Path | str) -> Seqs:
    """By the name of a SQLite file, or the URL of a PostgreSQL."""
    connect = sqlite3.connect if isinstance(database, Path) else psycopg.connect
    with closing(connect(database)) as connection:
        return by_host(connection.execute(_STORED))


def by_host(rows: Iterable[tuple[Any, ...]]) -> Seqs:
    seqs: Seqs = defaultdict(set)
    for host, seq in rows:
        seqs[host].add(seq)
    return seqs


def faults_of(copy: Copy, pushers: Sequence[Pusher]) -> Counter[str]:
    """What keeps the copy from being the database at one moment between its beginning and its end."""
    faults: Counter[str] = Counter()
    newest_in, oldest_out = 0.0, copy.ended_at
    for pusher in pushers:
        last = max(copy.stored[pusher.host], default=0)
        faults["parts"] += last % ITEMS != 0 or copy.stored[pusher.host] != set(range(1, last + 1))
        for batch in pusher.batches:
            is_in = batch.last_seq <= last
            faults["missing"] += not is_in and batch.acknowledged_at < copy.began_at
            faults["later"] += is_in and batch.sent_at > copy.ended_at
            newest_in = max(newest_in, batch.sent_at) if is_in else newest_in
            oldest_out = oldest_out if is_in else min(oldest_out, batch.acknowledged_at)
    faults["commits_apart"] += newest_in > oldest_out
    return faults
