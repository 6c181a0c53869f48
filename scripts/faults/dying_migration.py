"""A migration that kills its own process just before a statement, or before it has written down the copy it keeps.

Started by migration_kill.py with the number of that moment, the data folder and DATABASE_URL, which may be empty. With
a number that never comes it ends well, and prints how many there were.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from collector import backups, migrations
from collector.database import database, open_database
from collector.settings import Settings


class Countdown:
    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class CountedCursor:
    def __init__(self, cursor: Any, countdown: Countdown) -> None:
        self._cursor = cursor
        self._countdown = countdown

    def execute(self, *statement: Any) -> None:
        self._countdown.step()
        self._cursor.execute(*statement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


def main() -> None:
    last, data_dir, url = sys.argv[1:]
    settings = Settings(data_dir=Path(data_dir), database_url=url or None)
    countdown = Countdown(int(last))
    open_database(settings)
    open_cursor, flush = database.obj.cursor, backups.flush
    database.obj.cursor = lambda *arguments: CountedCursor(open_cursor(*arguments), countdown)

    def counted_flush(path: Path) -> None:
        countdown.step()
        flush(path)

    backups.flush = counted_flush
    migrations.migrate(settings)
    countdown.step()
    print(countdown.count)


if __name__ == "__main__":
    main()
