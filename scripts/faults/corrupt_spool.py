#!/usr/bin/env python3
"""The spool is damaged a thousand times, each time in one of 22 ways, and then delivered to a real collector.

Type: .venv/bin/python scripts/faults/corrupt_spool.py
Bits flip, files are cut short, emptied, overwritten, renamed, or replaced by folders, pipes and links; so is the
counter beside them. What is whole has to arrive as it was; what is not has to be set aside and counted. Takes about
three minutes.
"""

import dataclasses
import logging
import random
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from cut_off_agent import events, make_config
from damages import HARMLESS, OF_A_FILE, put_something_beside
from programs import serve_collector
from verdict import finish, say

from hostagent.accounts import AccountsFile
from hostagent.collector_client import Collector
from hostagent.commands.status import status
from hostagent.config import Config
from hostagent.delivery import deliver
from hostagent.spool import Spool

CORRUPTIONS = 1000
WAYS = (*OF_A_FILE, *HARMLESS, put_something_beside)
FILES, MOST_SNAPSHOTS = 4, 3
LABEL = "acc1"


def main() -> None:
    logging.basicConfig(level=logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        finish(corrupt_spools(Path(folder), CORRUPTIONS))


def corrupt_spools(folder: Path, corruptions: int) -> dict[str, Any]:
    """Each in a state folder of its own: a spool of four files, a damage, a delivery, and one more."""
    with serve_collector(folder / "collector") as collector:
        config = make_config(folder / "host", collector.url, collector)
        client = Collector(config)
        client.push_registry({"accounts": [{"account_label": LABEL}]})
        trials = [Trial(dataclasses.replace(config, state_dir=folder / f"state-{n}"), n) for n in range(corruptions)]
        for number, trial in enumerate(trials):
            trial.run(client)
            if number % 100 == 0:
                say(f"{number} spools were damaged")
        arrived = [event["raw"]["mark"] for event in events(collector, LABEL) for _ in range(event["count"])]
        [report] = collector.get("/hosts")["items"]
        return judge(trials, arrived, report["dropped"])


def judge(trials: list["Trial"], arrived: list[str], dropped: int) -> dict[str, Any]:
    good = {mark for trial in trials for mark in trial.good}
    lost = {mark for trial in trials for mark in trial.lost}
    verdict = {
        "fault": "corrupt spool",
        "corruptions": len(trials),
        "ways": len(WAYS),
        "crashes": sum(trial.has_crashed for trial in trials),
        "good_snapshots": len(good),
        "good_snapshots_missing": len(good - set(arrived)),
        "from_damaged_files": len(set(arrived) - good),
        "stored_twice": len(arrived) - len(set(arrived)),
        "files_set_aside": sum(trial.aside for trial in trials),
        "files_not_set_aside": sum(trial.is_to_be_aside - trial.aside for trial in trials),
        "snapshots_lost": len(lost),
        "dropped_as_shown": dropped,
    }
    faults = ("crashes", "good_snapshots_missing", "from_damaged_files", "stored_twice", "files_not_set_aside")
    return verdict | {"ok": not any(verdict[fault] for fault in faults) and dropped == len(lost) > 0}


class Trial:
    """One spool. `good` and `lost` are marks of snapshots, by whether their file was damaged."""

    def __init__(self, config: Config, number: int) -> None:
        self._config = config
        self._number = number
        self._made = 0
        self._damage = WAYS[number % len(WAYS)]
        self.is_to_be_aside = self._damage not in HARMLESS
        self.good: set[str] = set()
        self.lost: set[str] = set()
        self.has_crashed = False
        self.aside = 0

    def run(self, collector: Collector) -> None:
        marks = [self._add(random.randint(1, MOST_SNAPSHOTS)) for _ in range(FILES)]
        damaged = random.randrange(FILES)
        self._damage(sorted((self._config.state_dir / "spool").iterdir())[damaged])
        if self._damage in OF_A_FILE:
            self.lost = marks.pop(damaged)
        try:
            deliver(Spool(self._config.state_dir), collector, dict)
            # What was lost is told with what comes next.
            self.good = self._add(1).union(*marks)
            deliver(Spool(self._config.state_dir), collector, dict)
            self.aside = status(self._config, AccountsFile([])).corrupt
        except Exception:  # noqa: BLE001 - every one is counted
            self.has_crashed = True
            say(f"{self._damage.__name__}: {traceback.format_exc()}")

    def _add(self, count: int) -> set[str]:
        numbers = range(self._made, self._made + count)
        self._made += count
        Spool(self._config.state_dir).add([make_item(self._number, number) for number in numbers])
        return {f"{self._number}-{number}" for number in numbers}


def make_item(trial: int, number: int) -> dict[str, Any]:
    """No two in a row have the same used %, which would make them one event."""
    used = trial % 100 + number / 100
    window = {"source": "primary", "usedPercent": used, "leftPercent": 100 - used, "windowDurationMins": 300}
    return {
        "account_label": LABEL,
        "observed_at": "2026-11-22T09:20:09.123Z",
        "raw": {"mark": f"{trial}-{number}"},
        "parsed": {"normalized": {"provider": "codex", "windows": {"5h": window}}},
    }


if __name__ == "__main__":
    main()
