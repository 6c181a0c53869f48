#!/usr/bin/env python3
"""What it takes to store a snapshot durably: single POSTs on 8 and 32 connections, against a route that does nothing.

Type: .venv/bin/python scripts/bench/ingest.py
Both are served by gunicorn with the collector's settings; the rounds take turns. With Debian's prometheus-pushgateway
on this machine, its figures stand beside them. Takes about four minutes.
"""

import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from agents import BenchAgent, join_agents
from constant_app import serve_constant
from figures import ratios, spread
from load import Load, Requests, run_load
from programs import serve_collector
from verdict import finish, say

CONNECTIONS = (8, 32)
ROUNDS, SECONDS = 5, 5.0
LEAST_RATIO, MOST_P99 = 0.5, 5.0


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        collector = stack.enter_context(serve_collector(Path(name) / "data", COLLECTOR_LOG_LEVEL="ERROR"))
        agents = join_agents(collector, max(CONNECTIONS))
        ports = {"ours": int(collector.url.rpartition(":")[2]), "constant": stack.enter_context(serve_constant())}
        if shutil.which("prometheus-pushgateway"):
            ports["pushgateway"] = stack.enter_context(serve_pushgateway())
        found = {connections: measure(ports, agents[:connections]) for connections in CONNECTIONS}
    verdict = {f"at_{connections}": summary(loads) for connections, loads in found.items()}
    is_ok = all(part["ratio"]["median"] >= LEAST_RATIO for part in verdict.values())
    is_ok = is_ok and verdict[f"at_{max(CONNECTIONS)}"]["p99_to_p50"]["median"] <= MOST_P99
    finish({"bench": "ingest", "rounds": ROUNDS, **verdict, "ok": is_ok})


def measure(ports: dict[str, int], agents: Sequence[BenchAgent]) -> dict[str, list[Load]]:
    found: dict[str, list[Load]] = {name: [] for name in ports}
    for turn in range(ROUNDS + 1):
        for name, port in ports.items():
            load = run_load(port, streams_for(name, agents), SECONDS if turn else 1.0)
            if load.refused:
                raise SystemExit(f"{name} refused {load.refused} of its requests")
            if turn:
                found[name].append(load)
            say(f"{len(agents)} connections, {name}: {load}")
    return found


def streams_for(name: str, agents: Sequence[BenchAgent]) -> list[Callable[[], Requests]]:
    if name == "pushgateway":
        return [lambda number=number: pushes(number) for number in range(len(agents))]
    return [agent.singles for agent in agents]


def pushes(number: int) -> Iterator[bytes]:
    """A group of its own, with two gauges, as an exporter of our windows would send them."""
    lines = 'used{window="5h"} 42\nused{window="weekly"} 7\n' + "# " + "x" * 1100 + "\n"
    body = lines.encode()
    head = f"PUT /metrics/job/fleet/instance/host-{number} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    while True:
        yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def serve_pushgateway() -> Iterator[int]:
    """In memory only, as it is by default."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with subprocess.Popen(command) as server:
        try:
            wait_for_port(port)
            yield port
        finally:
            server.terminate()


def wait_for_port(port: int) -> None:
    ends_at = time.monotonic() + 30
    while time.monotonic() < ends_at:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("prometheus-pushgateway does not answer")


def summary(loads: dict[str, list[Load]]) -> dict[str, Any]:
    rates = {name: [load.per_second for load in each] for name, each in loads.items()}
    return {
        "ratio": spread(ratios(rates["ours"], rates["constant"])),
        "p99_to_p50": spread(load.p99 / load.p50 for load in loads["ours"]),
        "per_second": {name: round(statistics.median(each)) for name, each in rates.items()},
    }


if __name__ == "__main__":
    main()
