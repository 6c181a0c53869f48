#!/usr/bin/env python3
"""Four agents start at once on one state folder, which each of them names in its own way, 25 times.

Type: .venv/bin/python scripts/faults/two_agents.py
One works; the others exit 78 and say why, and so does a `run --once`, while a `push` beside it is allowed. Then the one
that works is stopped, or killed in mid-probe, and the next four start. Takes about three minutes.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from fakes.chatgpt import FakeChatGPT
from hosts import make_host
from programs import Host, serve_collector
from verdict import finish, say

ROUNDS, AGENTS = 25, 4
SENTENCE = "another `hostagent run` works in this folder"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        finish(start_together(Path(folder), ROUNDS, AGENTS))


def start_together(folder: Path, rounds: int, agents: int) -> dict[str, Any]:
    """Start so many agents at once, so often."""
    counts = {"worked_alone": 0, "gave_way": 0, "other_endings": 0, "pushes_beside": 0}
    with FakeChatGPT() as upstream, serve_collector(folder / "collector") as collector:
        host = make_host(folder / "host", upstream, collector)
        files = write_settings(host, agents)
        for number in range(rounds):
            together = [host.start("--config", file, "run") for file in files]
            late = [host.run("--config", file, "run", "--once") for file in wait_for_one(together, files)]
            endings = [(agent.wait(), agent.communicate()[1]) for agent in together if agent.poll() is not None]
            endings += [(done.returncode, done.stderr) for done in late]
            working = [agent for agent in together if agent.returncode is None]
            push = host.run("--config", files[0], "push")
            end(working, signal.SIGKILL if number % 2 else signal.SIGTERM)
            ways = [(status, SENTENCE in text) for status, text in endings]
            counts["worked_alone"] += len(working) == 1
            counts["gave_way"] += ways.count((78, True))
            counts["other_endings"] += len(ways) - ways.count((78, True))
            counts["pushes_beside"] += push.returncode == 0
            say(f"round {number}: {len(working)} work; the others: {ways}; push: {push.returncode}")
    is_good = counts["worked_alone"] == counts["pushes_beside"] == rounds and counts["gave_way"] == rounds * agents
    return {"fault": "two agents", "rounds": rounds, "agents": agents, **counts, "ok": is_good}


def write_settings(host: Host, agents: int) -> list[str]:
    """Files of settings that name the same state folder: relative, absolute, and through links."""
    host.write_files()
    state_dir = host.folder / "state"
    spellings = ["state", str(state_dir)]
    for number in range(agents - len(spellings)):
        link = host.folder / f"link-{number}"
        link.symlink_to(state_dir)
        spellings.append(str(link))
    settings = json.loads((host.folder / "hostagent.yaml").read_text())
    state_dir.mkdir(mode=0o700)
    for number, spelling in enumerate(spellings):
        path = host.folder / f"agent-{number}.yaml"
        path.write_text(json.dumps({**settings, "state_dir": spelling}))
    return [f"agent-{number}.yaml" for number in range(agents)]


def wait_for_one(agents: list[subprocess.Popen[str]], files: list[str]) -> list[str]:
    """Until all but one have given way, or it becomes clear that they do not; the settings of the one that works."""
    gives_up_at = time.monotonic() + 20
    while sum(agent.poll() is None for agent in agents) > 1 and time.monotonic() < gives_up_at:
        time.sleep(0.05)
    return [file for agent, file in zip(agents, files, strict=True) if agent.poll() is None]


def end(agents: list[subprocess.Popen[str]], number: signal.Signals) -> None:
    for agent in agents:
        agent.send_signal(number)
        agent.communicate(timeout=60)


if __name__ == "__main__":
    main()
