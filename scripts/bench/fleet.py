"""A host whose real codex talks to a fake provider, and a real collector: what the agent's cost is measured with."""

import multiprocessing
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.chatgpt import FakeChatGPT
from processes import children_of
from programs import Collector, Host

_LEAVE_WITHIN_SECONDS = 20
# As people have it: npm's launcher, behind which the agent finds the program.
_CODEX = Path(__file__).resolve().parents[2] / ".venv/bin/codex"


def make_host(folder: Path, upstream: FakeChatGPT, collector: Collector, accounts: int) -> Host:
    """Named like its folder, with so many accounts that are logged in; reads them when it starts and not again."""
    folder.mkdir()
    host = Host(folder, upstream, _CODEX)
    host.settings = {"host": folder.name, "poll_interval_sec": 86_400}
    for number in range(accounts):
        host.add_account(f"acc{number:02}", upstream.add_account(f"{folder.name}-{number}"))
    host.join(collector)
    return host


@contextmanager
def running(host: Host) -> Iterator["subprocess.Popen[str]"]:
    """Its `hostagent run`, which ends with the block."""
    agent = host.start("run")
    try:
        yield agent
    finally:
        agent.terminate()
        agent.communicate()


@contextmanager
def answering(upstream: FakeChatGPT) -> Iterator[int]:
    """Let the fake answer in a process of its own, so that its cost can be told apart; its pid.

    What it is to know has to be there before.
    """
    process = multiprocessing.get_context("fork").Process(target=_answer, args=(upstream,))
    process.start()
    try:
        yield process.pid or 0
    finally:
        process.terminate()
        process.join()


def _answer(upstream: FakeChatGPT) -> None:
    upstream.start()
    signal.pause()


def wait_for_snapshots(agent: "subprocess.Popen[str]", accounts: int) -> None:
    """Until the agent says that it has read so many accounts more."""
    for _ in range(accounts):
        wait_for_line(agent, ": 5h ")


def wait_for_line(agent: "subprocess.Popen[str]", text: str) -> None:
    """Raises SystemExit when the agent ends without having said so."""
    assert agent.stderr is not None
    said = ""
    for line in agent.stderr:
        if text in line:
            return
        said += line
    raise SystemExit(f"the agent ended before it said {text!r}; it said: {said}")


def wait_for_children(pid: int) -> int:
    """How many are left after the time that they may take; those too that have ended and were not reaped."""
    ends_at = time.monotonic() + _LEAVE_WITHIN_SECONDS
    while (left := len(children_of(pid))) and time.monotonic() < ends_at:
        time.sleep(0.05)
    return left
