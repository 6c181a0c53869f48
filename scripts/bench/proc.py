"""What processes and their neighbours cost, as Linux tells it in /proc."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from processes import processes
from verdict import say

# What others may take of the machine while something is measured, and how long to wait for them to be done.
MOST_FOR_OTHERS = 0.05
_WAIT_FOR_QUIET_SECONDS = 1200.0

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cpu:
    """Processor seconds of a process, and of those of its children that have ended and were reaped."""

    own: float
    children: float


def cpu_of(pid: int) -> Cpu:
    fields = _fields(Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2])
    return Cpu(fields[11] + fields[12], fields[13] + fields[14])


def cpu_of_group(pid: int) -> float:
    """Of the process and all its descendants, of those too that have been reaped."""
    members, everybody = {pid}, processes().values()
    while more := {process.pid for process in everybody if process.parent in members} - members:
        members |= more
    return sum(_whole_cpu_of(member) for member in members)


def _whole_cpu_of(pid: int) -> float:
    try:
        cpu = cpu_of(pid)
    except OSError:
        return 0.0  # reaped just now
    return cpu.own + cpu.children


def machine_cpu() -> float:
    """Seconds that the processors have worked since the machine's start, or were taken away from a virtual one."""
    user, nice, system, _, _, irq, softirq, steal = _fields(Path("/proc/stat").read_text())[1:9]
    return user + nice + system + irq + softirq + steal


def wait_for_quiet() -> None:
    """Until others have left the machine alone for two seconds. Raises SystemExit when they do not for long."""
    ends_at = time.monotonic() + _WAIT_FOR_QUIET_SECONDS
    while (busy := _busy_for(2.0)) > MOST_FOR_OTHERS:
        if time.monotonic() > ends_at:
            raise SystemExit("others use the machine; nothing can be measured now")
        say(f"others take {busy:.0%} of the machine; waiting")


def _busy_for(seconds: float) -> float:
    before = machine_cpu()
    time.sleep(seconds)
    return (machine_cpu() - before) / seconds / (os.cpu_count() or 1)


def wake_ups(pid: int) -> int:
    """How often its threads had nothing to do and then had again."""
    lines = [line for task in Path(f"/proc/{pid}/task").iterdir() for line in (task / "status").open()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))


def _fields(text: str) -> list[float]:
    """The numbers of a line, ticks as seconds; what is no number as 0."""
    return [int(field) / _TICKS_PER_SECOND if field.isdigit() else 0.0 for field in text.split("\n", 1)[0].split()]
