"""What a collector has stored of what agents pushed to it, held against what it acknowledged."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from pushers import Pusher, answers_of

_LEDGER = """
    SELECT host.name, ledger.seq
    FROM ledger JOIN epoch ON epoch.id = ledger.epoch_id JOIN host ON host.id = epoch.host_id
"""
_HISTORY = """
    SELECT host.name, event.seq, event.count
    FROM event JOIN account ON account.id = event.account_id JOIN host ON host.id = account.host_id
    ORDER BY event.id
"""
_LATEST = """
    SELECT host.name, reading.attempt_seq
    FROM reading JOIN account ON account.id = reading.account_id JOIN host ON host.id = account.host_id
    WHERE account.label = 'acc1'
"""
_EXPECTED_ANSWERS = {"200", "503", "none", "stored", "duplicate"}

Seqs = dict[str, set[int]]
"""Of each host the numbers of what is stored."""


def stored_in(database: Path | str) -> Seqs:
    """By the name of a SQLite file, or the URL of a PostgreSQL."""
    (ledger,) = _read(database, _LEDGER)
    return by_host(ledger)


def by_host(rows: Iterable[tuple[Any, ...]]) -> Seqs:
    seqs: Seqs = defaultdict(set)
    for host, seq in rows:
        seqs[host].add(seq)
    return seqs


def count_faults(database: Path | str, pushers: Sequence[Pusher]) -> dict[str, int]:
    """How much of what the pushers were told is not so; they have stopped."""
    ledger, history, latest = _read(database, _LEDGER, _HISTORY, _LATEST)
    stored, newest = by_host(ledger), dict(latest)
    lost = twice = disordered = 0
    for pusher in pushers:
        seqs, events = stored[pusher.host], [(seq, count) for host, seq, count in history if host == pusher.host]
        lost += len(acknowledged(pusher) - seqs)
        twice += sum(count for _, count in events) - len(seqs)
        disordered += events != sorted(events) or newest[pusher.host] != max(seqs)
    others = {name for name, number in answers_of(pushers).items() if number and name not in _EXPECTED_ANSWERS}
    return {"lost": lost, "twice": twice, "out_of_order": disordered, "other_answers": len(others)}


def acknowledged(pusher: Pusher) -> set[int]:
    return set(range(1, pusher.acknowledged + 1))


def _read(database: Path | str, *statements: str) -> list[list[tuple[Any, ...]]]:
    connect = sqlite3.connect if isinstance(database, Path) else psycopg.connect
    with closing(connect(database)) as connection:
        return [connection.execute(statement).fetchall() for statement in statements]
