#!/usr/bin/env python3
"""What `hostagent run` costs while it has nothing to do, against a Python that has imported requests and yaml.

Type: .venv/bin/python scripts/bench/idle_run.py
The agent has read three accounts with the real codex and waits on the long poll of a real collector; the other waits
for a signal. Side by side, five minutes. Needs Linux.
"""

import compileall
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from fakes.chatgpt import FakeChatGPT
from fleet import answering, make_host, running, wait_for_children, wait_for_snapshots
from proc import cpu_of, wake_ups
from processes import memory_mib
from programs import serve_collector
from verdict import finish, say

import hostagent

ACCOUNTS = 3
MINUTES = 5
SETTLE_SECONDS = 10
HOSTAGENT = Path(hostagent.__file__).parent
IDLE = "import requests, signal, yaml; signal.pause()"

MOST_MEMORY = 1.15
MOST_CPU = 0.001


def main() -> None:
    # As an installer does it: compiling while it runs would leave its marks in the agent's memory.
    compileall.compile_dir(HOSTAGENT, quiet=1)
    with tempfile.TemporaryDirectory() as name, serve_collector(Path(name) / "data") as collector:
        upstream = FakeChatGPT()
        host = make_host(Path(name) / "host", upstream, collector, ACCOUNTS)
        with answering(upstream), running(host) as agent:
            wait_for_snapshots(agent, ACCOUNTS)
            wait_for_children(agent.pid)
            with subprocess.Popen([sys.executable, "-c", IDLE]) as idle:
                time.sleep(SETTLE_SECONDS)
                minutes = [watch(agent.pid, idle.pid) for _ in range(MINUTES)]
                idle.terminate()
    most_memory = max(minute["memory_ratio"] for minute in minutes)
    cpu_share = sum(minute["cpu_share"] for minute in minutes) / MINUTES
    verdict = {"bench": "idle run", "memory_ratio": most_memory, "cpu_share": round(cpu_share, 6), "minutes": minutes}
    finish(verdict | {"ok": most_memory <= MOST_MEMORY and cpu_share <= MOST_CPU})


def watch(agent: int, idle: int) -> dict[str, float]:
    """What a minute costs. `cpu_share` is that of one processor, to a sixth of a thousandth."""
    cpu, idle_cpu, woken = cpu_of(agent).own, cpu_of(idle).own, wake_ups(agent)
    time.sleep(60)
    seen = {
        "memory_ratio": round(memory_mib("VmRSS", agent) / memory_mib("VmRSS", idle), 3),
        "agent_mib": round(memory_mib("VmRSS", agent), 1),
        "idle_mib": round(memory_mib("VmRSS", idle), 1),
        "cpu_share": round((cpu_of(agent).own - cpu) / 60, 6),
        "idle_cpu_share": round((cpu_of(idle).own - idle_cpu) / 60, 6),
        "wake_ups": wake_ups(agent) - woken,
    }
    say(f"{seen}")
    return seen


if __name__ == "__main__":
    main()
