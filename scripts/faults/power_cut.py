#!/usr/bin/env python3
"""The power fails 20 times under a collector that eight agents push to, and 20 times under one that is hasty.

Type: sudo .venv/bin/python scripts/faults/power_cut.py
Its data is on a file system in a file, which holds what has reached the disk and nothing else; a copy of that file is
what a power cut leaves. Everything that was acknowledged has to be in there. The hasty one, whose SQLite does not wait
for the disk at each commit, has to lose some, or the cuts would show nothing. Needs root and Linux; takes about three
minutes.
"""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from disks import can_mount_images, make_disk_image, mounted
from programs import Collector, serve_collector
from pushers import Pusher, pushing, wait_for_success
from stored_pushes import Seqs, acknowledged, stored_in
from verdict import finish, say

from collector.errors import OperatorError
from collector.restore import check

CUTS, HOSTS = 20, 8
DISK_BYTES = 128 * 1024 * 1024
LOAD_SECONDS = 2
# More than any answer that is on its way takes to arrive.
ARRIVES_WITHIN_SECONDS = 0.5
HASTY = {"PYTHONPATH": str(Path(__file__).with_name("hasty_sqlite"))}


def main() -> None:
    if not can_mount_images():
        sys.exit(f"power_cut: only root can mount a file, as a loop device; type: sudo .venv/bin/python {sys.argv[0]}")
    with tempfile.TemporaryDirectory() as folder:
        finish(compare(Path(folder), CUTS, HOSTS))


def compare(folder: Path, cuts: int, hosts: int) -> dict[str, Any]:
    """The collector as it is, and one that is hasty."""
    real = cut_often(folder / "real", cuts, hosts)
    hasty = cut_often(folder / "hasty", cuts, hosts, **HASTY)
    is_good = not real["lost"] and not real["damaged"] and real["acknowledged"] > 0
    return {"fault": "power cut", "collector": real, "hasty": hasty, "ok": is_good and hasty["lost"] > 0}


def cut_often(folder: Path, cuts: int, hosts: int, **settings: str) -> dict[str, int]:
    """Look so often at what a power cut would leave while so many hosts push."""
    folder.mkdir()
    make_disk_image(image := folder / "disk.img", DISK_BYTES)
    lost = damaged = 0
    with (
        mounted(image, folder / "disk") as disk,
        serve_collector(disk / "data", **settings) as collector,
        pushing(collector, hosts) as pushers,
    ):
        subprocess.run(["sync", "--file-system", disk], check=True)
        for number in range(cuts):
            wait_for_success(pushers, time.monotonic())
            time.sleep(random.uniform(0, LOAD_SECONDS))
            known = cut(collector, pushers, image, folder / "left.img")
            with mounted(folder / "left.img", folder / "left") as left:
                lost += count_lost(known, left / "data/collector.sqlite3")
                damaged += is_damaged(left / "data/collector.sqlite3")
            say(f"{folder.name}, cut {number + 1}: {lost} lost, {damaged} damaged so far")
    total = sum(pusher.acknowledged for pusher in pushers)
    return {"cuts": cuts, "acknowledged": total, "lost": lost, "damaged": damaged}


def cut(collector: Collector, pushers: Sequence[Pusher], image: Path, left: Path) -> Seqs:
    """Copy what is on the disk while the collector stands still; returns what it had acknowledged then."""
    collector.send_signal(signal.SIGSTOP)
    try:
        time.sleep(ARRIVES_WITHIN_SECONDS)
        shutil.copy(image, left)
        return {pusher.host: acknowledged(pusher) for pusher in pushers}
    finally:
        collector.send_signal(signal.SIGCONT)


def count_lost(known: Seqs, database: Path) -> int:
    try:
        stored = stored_in(database)
    except sqlite3.Error as error:
        say(f"nothing can be read: {error}")
        stored = {}
    return sum(len(seqs - stored.get(host, set())) for host, seqs in known.items())


def is_damaged(database: Path) -> bool:
    try:
        check(database)
    except OperatorError as error:
        say(str(error))
        return True
    return False


if __name__ == "__main__":
    main()
