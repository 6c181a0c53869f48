"""A clock that a script turns, for code of the host agent that runs in the script itself."""

import os
import time
from typing import Self
from unittest import mock


class SimulatedClock:
    """Stands still until it is turned. In the block, this process reads its time from it and stamps files with it."""

    def __init__(self, seconds_ago: float) -> None:
        self._offset = time.time() - seconds_ago - time.monotonic()
        self._steady = time.monotonic()
        self._fsync = os.fsync
        replacements = {"time": self.time, "monotonic": self._monotonic, "clock_gettime": lambda _: self._steady}
        self._patches = [mock.patch.object(time, name, stand_in) for name, stand_in in replacements.items()]
        self._patches.append(mock.patch.object(os, "fsync", self._stamp_and_sync))

    def __enter__(self) -> Self:
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        for patch in self._patches:
            patch.stop()

    def time(self) -> float:
        return self._steady + self._offset

    def turn(self, seconds: float) -> None:
        self._steady += seconds

    def _monotonic(self) -> float:
        return self._steady

    def _stamp_and_sync(self, descriptor: int) -> None:
        """The kernel stamps with its own clock, so whatever is put on disk is stamped anew."""
        os.utime(descriptor, (self.time(), self.time()))
        self._fsync(descriptor)
