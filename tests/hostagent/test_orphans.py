"""What a killed agent leaves running is ended by the next one, and nothing else is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import living_members

from hostagent.codex_home import sqlite_home
from hostagent.orphans import ending_orphans
from hostagent.process import CHILD_OF

PROGRAM = Path(__file__).parent.parent / "fakes/codex_broken.py"
# Starts a child, says its number once that has answered, and waits.
AGENT = """
import os, sys, time
from pathlib import Path
from hostagent.process import Child, Command, StopRequest
environment = {"PATH": os.environ["PATH"], "CODEX_SQLITE_HOME": sys.argv[1]}
child = Child(Command(sys.argv[2:], environment, Path("/")))
next(child.lines(time.monotonic() + 20, StopRequest()))
print(child._process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def graces(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Short ones, or what a test sets for the first."""

    def set_grace(seconds: float) -> None:
        monkeypatch.setattr("hostagent.orphans.REFRESH_GRACE_SECONDS", seconds)

    set_grace(0.2)
    monkeypatch.setattr("hostagent.orphans.TERM_GRACE_SECONDS", 0.2)
    monkeypatch.setattr("hostagent.orphans._LOOK_SECONDS", 0.1)
    return set_grace


@contextmanager
def agent_with(way: str, state_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An agent and the group of its one child; both are gone afterwards."""
    arguments = [sqlite_home(state_dir), sys.executable, PROGRAM, way]
    with subprocess.Popen([sys.executable, "-c", AGENT, *arguments], stdout=-1, text=True) as agent:
        assert agent.stdout is not None
        group = int(agent.stdout.readline())
        try:
            yield agent, group
        finally:
            agent.kill()
            if living_members(group):
                os.killpg(group, signal.SIGKILL)


@contextmanager
def started(*argv: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def is_empty(group: int, within_seconds: float) -> bool:
    deadline = time.monotonic() + within_seconds
    while living_members(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not living_members(group)


def test_a_codex_that_ignores_the_end_of_its_agent_is_ended_by_the_next_one(tmp_path):
    with agent_with("ignores_end", tmp_path) as (agent, group):
        agent.kill()
        agent.wait()
        assert len(living_members(group)) == 1

        with ending_orphans(tmp_path):
            assert is_empty(group, within_seconds=10)


def test_an_orphan_may_be_renewing_its_tokens_and_gets_its_time(tmp_path, graces):
    graces(40)
    with agent_with("ignores_end", tmp_path) as (agent, group):
        agent.kill()
        agent.wait()

        with ending_orphans(tmp_path):
            assert not is_empty(group, within_seconds=1)

        assert not is_empty(group, within_seconds=1), "leaving ends the waiting, not the orphan"


def test_a_grandchild_is_ended_at_once_where_codex_itself_has_left(tmp_path, graces):
    graces(40)
    with agent_with("leaves_a_grandchild", tmp_path) as (agent, group):
        agent.kill()
        agent.wait()

        with ending_orphans(tmp_path):
            assert is_empty(group, within_seconds=10)


def test_a_child_whose_agent_lives_is_left_alone(tmp_path):
    with agent_with("ignores_end", tmp_path) as (_, group), ending_orphans(tmp_path):
        assert not is_empty(group, within_seconds=1)


def test_an_orphan_of_another_state_folder_is_left_alone(tmp_path):
    with agent_with("ignores_end", tmp_path / "other") as (agent, group):
        agent.kill()
        agent.wait()

        with ending_orphans(tmp_path):
            assert not is_empty(group, within_seconds=1)


def test_an_agent_is_not_taken_for_alive_because_a_later_program_has_its_number(tmp_path):
    script = f"read agent; CODEX_SQLITE_HOME='{sqlite_home(tmp_path)}' {CHILD_OF}=$agent exec sleep 600"
    with started("sh", "-c", script) as orphan, started("sleep", "600") as younger:
        assert orphan.stdin is not None
        orphan.stdin.write(f"{younger.pid}\n".encode())
        orphan.stdin.flush()
        while Path(f"/proc/{orphan.pid}/comm").read_text() != "sleep\n":
            time.sleep(0.01)

        with ending_orphans(tmp_path):
            assert is_empty(orphan.pid, within_seconds=10)
