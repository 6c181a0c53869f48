"""Children of a hostagent that was killed. Most codex leave when their stdin ends; those that do not are ended here.

Known by Linux's /proc alone; elsewhere nothing is found and nothing is done.
"""

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hostagent.app_server import REFRESH_GRACE_SECONDS
from hostagent.codex_home import SQLITE_HOME, sqlite_home
from hostagent.process import CHILD_OF, TERM_GRACE_SECONDS

logger = logging.getLogger(__name__)

_PROC = Path("/proc")
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class _Process:
    """`started_at`, in ticks since the machine's start, tells it from a later one with the same number."""

    pid: int
    group: int
    started_at: int


@contextlib.contextmanager
def ending_orphans(state_dir: Path) -> Iterator[None]:
    """Meanwhile what a killed hostagent of this state folder left behind is ended, as gently as it would have.

    Leaving does not wait for that: the next start goes on with it.
    """
    ending = _Ending(state_dir)
    ending.start()
    try:
        yield
    finally:
        ending.is_over.set()
        ending.join()


class _Ending(threading.Thread):
    """Sees to the orphans that there are when it starts."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(name="orphans")
        self.is_over = threading.Event()
        self._sqlite_home = sqlite_home(state_dir)
        self._orphans: frozenset[_Process] = frozenset()

    def run(self) -> None:
        """Their stdin ended with their agent; whether a refresh was over by then is not known, so it gets its time."""
        self._orphans = self._find()
        for number, grace_seconds in ((signal.SIGTERM, REFRESH_GRACE_SECONDS), (signal.SIGKILL, TERM_GRACE_SECONDS)):
            self._wait(grace_seconds)
            for group in self._groups():
                logger.warning("codex of a hostagent that was killed is still there and gets a %s", number.name)
                _signal_group(group, number)

    def _wait(self, seconds: float) -> None:
        """Until they have left or have had that time; they are forgotten when it is over before."""
        deadline = time.monotonic() + seconds
        while self._orphans and time.monotonic() < deadline:
            for group in self._groups():
                if _read(group) is None:  # codex itself has left, so no refresh can be cut off any more
                    _signal_group(group, signal.SIGKILL)
            self._orphans = frozenset() if self.is_over.wait(_LOOK_SECONDS) else self._orphans & self._find()

    def _groups(self) -> set[int]:
        return {orphan.group for orphan in self._orphans}

    def _find(self) -> frozenset[_Process]:
        children = [(_read(pid), agent) for pid, agent in _children_of_agents(self._sqlite_home)]
        return frozenset(child for child, agent in children if child is not None and _is_gone(agent, child))


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _is_gone(agent: int, child: _Process) -> bool:
    """An agent is older than its child: a younger process has only got its number."""
    process = _read(agent)
    return process is None or process.started_at >= child.started_at


def _read(pid: int) -> _Process | None:
    """None when there is no such process, or one that has ended and was not reaped."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text("latin-1").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else _Process(pid, int(fields[2]), int(fields[19]))


def _children_of_agents(home: Path) -> Iterator[tuple[int, int]]:
    """Each program that a hostagent has started with its databases in `home`, and that agent."""
    for folder in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            entries = (folder / "environ").read_bytes().split(b"\0")
            environment = dict(entry.partition(b"=")[::2] for entry in entries)
            agent = environment.get(CHILD_OF.encode(), b"")
            is_ours = environment.get(SQLITE_HOME.encode()) == os.fsencode(home)
            # In another container the numbers are those of other processes.
            if agent.isdigit() and is_ours and (folder / "ns/pid").readlink() == (_PROC / "self/ns/pid").readlink():
                yield int(folder.name), int(agent)
