"""On PYTHONPATH, this gives a Python program a wrong clock: $CLOCK_OFFSET_FILE says how many seconds it is ahead.

The file is read at every look at the clock, so the clock can be set while the program runs. The time since start stays
right, as on a real machine; files are stamped with the wrong time once they are put on disk.
"""

import datetime
import os
import time
from pathlib import Path
from typing import Self

_real_time, _real_fsync = time.time, os.fsync
_offset_file = Path(os.environ["CLOCK_OFFSET_FILE"])


def _time() -> float:
    return _real_time() + float(_offset_file.read_text())


def _fsync(descriptor: int) -> None:
    os.utime(descriptor, (_time(), _time()))
    _real_fsync(descriptor)


class _Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        return cls.fromtimestamp(_time(), tz)


time.time, os.fsync, datetime.datetime = _time, _fsync, _Datetime  # type: ignore[misc]
