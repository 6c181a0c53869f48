"""Copies of a collector's database that were made while agents pushed to it, and whether each is one moment of it."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pushers import ITEMS, Pusher
from stored_pushes import Seqs


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
