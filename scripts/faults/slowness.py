"""How slow this machine is now: nobody meets a goal in time that others take."""

import subprocess
import time

from programs import PROGRAMS


def slowness() -> float:
    """1; or how many seconds the collector's program takes only to tell its version, where that is more than one."""
    began_at = time.monotonic()
    subprocess.run([PROGRAMS / "collector", "--version"], check=True, capture_output=True)
    return max(1.0, time.monotonic() - began_at)


class Worst:
    """The longest that something took, also in seconds of a machine that has the time."""

    def __init__(self) -> None:
        self.seconds = self.fair_seconds = 0.0

    def add(self, seconds: float) -> None:
        self.seconds = max(self.seconds, seconds)
        self.fair_seconds = max(self.fair_seconds, seconds / slowness())

    def report(self, name: str) -> dict[str, float]:
        return {f"worst_{name}_seconds": round(self.seconds, 1), "without_others": round(self.fair_seconds, 1)}
