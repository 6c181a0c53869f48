#!/usr/bin/env python3
"""The collector's disk is full, ten times, while eight agents push to it and a page reads.

Type: sudo .venv/bin/python scripts/faults/full_collector.py
Its data is on a small file system of its own, which only root can make. Agents are told to come again, readers get
what they ask for, and once there is room all goes on without anybody's help. Needs Linux; takes about three minutes.
"""

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import requests
from disks import can_make_disks, filled, small_disk
from programs import serve_collector
from pushers import Headers, Pusher, answers_of, pushing, wait_for_success
from slowness import Worst
from stored_pushes import count_faults
from verdict import finish, say

TIMES, HOSTS = 10, 8
FULL_SECONDS, LOAD_SECONDS = 10, 1
# Told to come again in half a minute; here they come sooner.
PATIENCE_SECONDS = 1
# From when there is room: the patience of an agent, and its answer.
GOAL_SECONDS = 5
READ = ("/latest", "/latest/acc1?host=host-0", "/events/acc1?host=host-0", "/history/acc1?host=host-0", "/hosts")
READ_PLAIN = ("/healthz", "/readyz", "/metrics")


def main() -> None:
    if not can_make_disks():
        sys.exit(f"full_collector: only root can make a disk; type: sudo .venv/bin/python {sys.argv[0]}")
    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder) / "disk", "64m") as disk:
        finish(fill_often(disk, (TIMES, FULL_SECONDS), HOSTS))


def fill_often(disk: Path, fillings: tuple[int, float], hosts: int) -> dict[str, Any]:
    """Fill the disk under a collector so often and for so long while so many hosts push to it."""
    (times, seconds), data, refused, worst = fillings, disk / "data", 0, Worst()
    with serve_collector(data) as collector, pushing(collector, hosts, patience=PATIENCE_SECONDS) as pushers:
        reader = Reader(collector.url, pushers[0].admin)
        for number in range(times):
            wait_for_success(pushers, time.monotonic())
            time.sleep(LOAD_SECONDS)
            before = answers_of(pushers)["503"]
            with filled(disk), reader:
                time.sleep(seconds)
                refused += answers_of(pushers)["503"] > before
            worst.add(wait_for_success(pushers, time.monotonic()))
            say(f"full for the {number + 1}. time: at worst a fresh snapshot passed {worst.seconds:.1f} s later")
    counts = {"fault": "full disk of the collector", "times_full": times, "times_refused": refused}
    verdict = {**counts, **judge(data, pushers, reader, worst)}
    return verdict | {"ok": verdict["ok"] and refused == times}


class Reader:
    """Reads all there is, over and over, while its block runs."""

    def __init__(self, url: str, headers: Headers) -> None:
        self.answers: Counter[str] = Counter()
        self._url = url
        self._headers = headers

    def __enter__(self) -> None:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(0.05):
            for path in (*READ, *READ_PLAIN):
                try:
                    status = requests.get(self._url + path, headers=self._headers, timeout=10).status_code
                except requests.RequestException as error:
                    status = type(error).__name__
                self.answers[f"{status} {path}" if status != 200 else "200"] += 1


def judge(data: Path, pushers: Sequence[Pusher], reader: Reader, worst: Worst) -> dict[str, Any]:
    faults = count_faults(data / "collector.sqlite3", pushers)
    others = sum(number for name, number in reader.answers.items() if name != "200")
    is_good = not any(faults.values()) and not others and worst.fair_seconds <= GOAL_SECONDS
    return {
        "acknowledged": sum(pusher.acknowledged for pusher in pushers),
        **faults,
        "answers": dict(answers_of(pushers)),
        "reads": dict(reader.answers),
        **worst.report("fresh_snapshot"),
        "ok": is_good and reader.answers["200"] > 0,
    }


if __name__ == "__main__":
    main()
