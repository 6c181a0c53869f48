"""A restore that kills its own process just before one of the things it does to files.

Started by backup_drill.py with the number of that moment, the copy and the database. With a number that never comes it
ends well, and prints how many there were.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from collector.restore import put_in_place

# What Python tells of before it does it.
TOLD = {"open", "os.link", "os.remove", "os.rename", "fcntl.flock", "sqlite3.connect", "sqlite3.connect/handle"}


def main() -> None:
    last, file, target = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    count = 0

    def step(event: str, _arguments: Any) -> None:
        nonlocal count
        count += event in TOLD
        if event in TOLD and count == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    put_in_place(file, target, datetime.now(UTC))
    print(count)


if __name__ == "__main__":
    main()
