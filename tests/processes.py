"""What Linux tells of processes, in /proc."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """`state` is Z for one that has ended and was not reaped. `started_at` is in ticks since the machine's start."""

    pid: int
    state: str
    parent: int
    group: int
    started_at: int


def processes() -> dict[int, Process]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            pid, fields = int(path.parent.name), path.read_text("latin-1").rpartition(")")[2].split()
            found[pid] = Process(pid, fields[0], int(fields[1]), int(fields[2]), int(fields[19]))
    return found


def is_running(process: Process) -> bool:
    """False too once another process has its number."""
    now = processes().get(process.pid)
    return now is not None and now.started_at == process.started_at and now.state != "Z"


def living_members(group: int) -> set[int]:
    """Processes of a group that are more than a zombie waiting for init."""
    return {process.pid for process in processes().values() if process.group == group and process.state != "Z"}


def children_of(parent: int) -> set[int]:
    """Its children, those too that have ended and were not reaped."""
    return {process.pid for process in processes().values() if process.parent == parent}


def processes_with(variable: str) -> dict[Process, str]:
    """Every running process that was started with this in its environment, and its value there."""
    found = {}
    for process in processes().values():
        with contextlib.suppress(OSError):
            entries = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
            environment = dict(entry.partition(b"=")[::2] for entry in entries)
            if variable.encode() in environment:
                found[process] = os.fsdecode(environment[variable.encode()])
    return found


def count_descriptors(pid: int | str = "self") -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def forget_peak_memory() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def memory_mib(name: str, pid: int | str = "self") -> float:
    """`VmRSS` is what it holds, `VmHWM` the most it held (of this process since `forget_peak_memory`)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
