#!/usr/bin/env python3
"""How long a person waits for `hostagent --help` and `hostagent accounts`, over a Python that does nothing.

Type: .venv/bin/python scripts/bench/start_up.py
The three take turns, over ten accounts that are logged in; a turn that others on the machine disturbed is measured
anew. Needs Linux; takes about a minute.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from fakes.chatgpt import FakeChatGPT
from figures import spread
from proc import MOST_FOR_OTHERS, cpu_of, machine_cpu, wait_for_quiet
from programs import PROGRAMS, Host
from verdict import finish

ACCOUNTS = 10
TURNS, MOST_TURNS = 30, 300
COMMANDS: Mapping[str, Sequence[str]] = {
    "bare": (sys.executable, "-c", "pass"),
    "help": (str(PROGRAMS / "hostagent"), "--help"),
    "accounts": (str(PROGRAMS / "hostagent"), "accounts"),
}
MOST_OVER_BARE_MS = {"help": 120, "accounts": 200}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_host(Path(folder)).write_files()
        for command in COMMANDS.values():
            run(command, folder)  # the first time its files are read from the disk
        turns, tried = measure(folder)
    over = {name: [turn[name] - turn["bare"] for turn in turns] for name in MOST_OVER_BARE_MS}
    verdict: dict[str, Any] = {"bench": "start-up", "turns": len(turns), "disturbed": tried - len(turns)}
    verdict |= {f"{name}_ms": spread([turn[name] for turn in turns], 1) for name in COMMANDS}
    verdict |= {f"{name}_over_bare_ms": spread(milliseconds, 1) for name, milliseconds in over.items()}
    finish(verdict | {"ok": all(statistics.median(over[name]) <= most for name, most in MOST_OVER_BARE_MS.items())})


def make_host(folder: Path) -> Host:
    upstream = FakeChatGPT()
    host = Host(folder, upstream, Path(sys.executable))
    for number in range(ACCOUNTS):
        host.add_account(f"acc{number}", upstream.add_account(f"A{number}"), expected_planType="plus", note="a note")
    return host


def measure(folder: str) -> tuple[list[dict[str, float]], int]:
    """Milliseconds by command, of each turn that counts; and how many turns it took."""
    turns: list[dict[str, float]] = []
    wait_for_quiet()
    for tried in range(1, MOST_TURNS + 1):
        started_at, machine, own = time.monotonic(), machine_cpu(), own_cpu()
        turn = {name: run(command, folder) for name, command in COMMANDS.items()}
        others = machine_cpu() - machine - (own_cpu() - own)
        if others / (os.cpu_count() or 1) / (time.monotonic() - started_at) <= MOST_FOR_OTHERS:
            turns.append(turn)
        if len(turns) == TURNS:
            return turns, tried
    raise SystemExit("others use the machine; nothing can be measured now")


def own_cpu() -> float:
    cpu = cpu_of(os.getpid())
    return cpu.own + cpu.children


def run(command: Sequence[str], folder: str) -> float:
    started_at = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - started_at) * 1000


if __name__ == "__main__":
    main()
