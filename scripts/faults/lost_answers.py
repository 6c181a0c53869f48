#!/usr/bin/env python3
"""Of 10,000 answers of the collector, a fifth never arrives: what they acknowledge is stored, and comes once more.

Type: .venv/bin/python scripts/faults/lost_answers.py
Takes about three minutes.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from lossy_proxy import Losses, lossy_proxy
from programs import serve_collector
from pushers import answers_of, pushing
from stored_pushes import count_faults
from verdict import finish, say

ANSWERS, HOSTS = 10_000, 8
LOST_SHARE = 0.2


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        finish(lose_answers(Path(folder), ANSWERS, HOSTS))


def lose_answers(folder: Path, answers: int, hosts: int) -> dict[str, Any]:
    """Let so many hosts push until the collector has answered so often."""
    losses = Losses(requests=0, answers=LOST_SHARE, delay_seconds=0)
    with serve_collector(folder) as collector, lossy_proxy(collector.url, losses) as proxy:
        with pushing(collector, hosts, proxy.url, patience=0.02) as pushers:
            while proxy.answers < answers and all(pusher.is_alive() for pusher in pushers):
                time.sleep(1)
                say(f"{proxy.answers} answers, {proxy.lost_answers} of them lost")
        faults = count_faults(folder / "collector.sqlite3", pushers)
    counts = answers_of(pushers)
    verdict = {
        "fault": "lost answers",
        "answers": proxy.answers,
        "answers_lost": proxy.lost_answers,
        "acknowledged": sum(pusher.acknowledged for pusher in pushers),
        "snapshots_sent_again": counts["duplicate"],
        **faults,
    }
    is_tried = proxy.answers >= answers and counts["duplicate"] > 0
    return verdict | {"ok": is_tried and not any(faults.values())}


if __name__ == "__main__":
    main()
