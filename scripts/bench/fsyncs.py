#!/usr/bin/env python3
"""How often the disk is waited for: fsyncs per stored snapshot at 1 and 32 connections, as strace counts them.

Type: .venv/bin/python scripts/bench/fsyncs.py
Needs strace. Takes about half a minute.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from agents import BenchAgent, join_agents
from load import run_load
from processes import children_of
from programs import serve_collector
from verdict import finish, say

SECONDS = 10.0
MOST = {1: 1.1, 32: 0.3}
"""By the number of connections."""


def main() -> None:
    if not shutil.which("strace"):
        raise SystemExit("fsyncs: strace is not on this machine; type: apt-get install strace")
    with tempfile.TemporaryDirectory() as name, serve_collector(Path(name) / "data") as collector:
        agents = join_agents(collector, max(MOST))
        port = int(collector.url.rpartition(":")[2])
        worker = worker_of_ours()
        found = {connections: measure(port, worker, agents[:connections]) for connections in MOST}
    verdict = {f"at_{connections}": each for connections, each in found.items()}
    is_ok = all(found[connections]["fsyncs_per_snapshot"] <= most for connections, most in MOST.items())
    finish({"bench": "fsyncs", **verdict, "ok": is_ok})


def measure(port: int, worker: int, agents: list[BenchAgent]) -> dict[str, Any]:
    streams = [agent.singles for agent in agents]
    run_load(port, streams, 1.0)
    with tempfile.NamedTemporaryFile("r") as trace:
        with tracing(worker, trace.name):
            load = run_load(port, streams, SECONDS)
        fsyncs = sum("sync(" in line for line in trace)
    snapshots = load.per_second * SECONDS
    say(f"{len(agents)} connections: {fsyncs} fsyncs for {snapshots:.0f} snapshots")
    return {"fsyncs": fsyncs, "snapshots": round(snapshots), "fsyncs_per_snapshot": round(fsyncs / snapshots, 3)}


@contextmanager
def tracing(pid: int, file: str) -> Iterator[None]:
    """All threads of the process, those too that are not there yet."""
    command = ["strace", "-f", "-q", "-e", "trace=fsync,fdatasync,sync_file_range", "-o", file, "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
        time.sleep(1)
        try:
            yield
        finally:
            tracer.terminate()


def worker_of_ours() -> int:
    """The process that answers: the child of our child, which only listens."""
    [master] = children_of(os.getpid())
    [worker] = children_of(master)
    return worker


if __name__ == "__main__":
    main()
