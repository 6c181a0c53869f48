"""A round of the agent over several accounts, with the real codex."""

import os
import queue
import time
from collections.abc import Callable

from processes import children_of, count_descriptors

from hostagent.config import read_config
from hostagent.snapshot import Snapshot
from hostagent.workers import Workers


def is_soon(is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_true()


def test_a_round_leaves_neither_children_nor_open_files(host, upstream, stop):
    for number in range(6):
        host.add_account(f"acc{number}", upstream.add_account(f"A{number}"))
    host.write_files()
    config, accounts = read_config(host.folder / "hostagent.yaml")
    seen: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()
    workers = Workers(accounts.accounts, config, stop, seen.put)
    children, descriptors = children_of(os.getpid()), count_descriptors()
    workers.start()

    workers.ask_for_all()
    snapshots = [seen.get(timeout=60) for _ in accounts.accounts]
    workers.close()

    assert [snapshot.error for snapshot in snapshots] == [None] * 6
    assert is_soon(lambda: children_of(os.getpid()) == children)
    assert is_soon(lambda: count_descriptors() == descriptors)
