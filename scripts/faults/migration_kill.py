#!/usr/bin/env python3
"""A migration killed (SIGKILL) before every one of its statements, on SQLite and on PostgreSQL.

Type: .venv/bin/python scripts/faults/migration_kill.py
It starts from nothing, and from the first schema with rows in it. After each kill the tables and rows must be the old
ones or the new ones, and the next run must make them the new ones. A newer schema must be refused and left alone.
Takes about ten minutes.
"""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import first_schema
from databases import STEPS, migrate, migrate_to
from postgresql import Postgresql, run_postgresql
from verdict import finish, say

from collector.database import close_database, open_database, run
from collector.errors import SchemaTooNew
from collector.settings import Settings

DYING = Path(__file__).with_name("dying_migration.py")
NEVER = 0
FAULTS = ("torn", "unfinished", "broken_copies", "newer_taken")

_SQLITE_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
_POSTGRESQL_SCHEMA = (
    """
    SELECT table_name, column_name, data_type, character_maximum_length, collation_name, column_default, is_nullable
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
    """,
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    """
    SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
)
_SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
_POSTGRESQL_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
# Made anew by each migration, whatever it starts from.
_OWN = {"schema_migration": "name", "fleet": "revision"}

Place = Callable[[], Settings]
"""Gives the settings of another copy of the database that is to be migrated."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        counts = [kill_at(place, every_moment) for place in places(Path(folder), server, starts=(False, True))]
        finish(judge(counts))


def every_moment(moments: int) -> Iterable[int]:
    return range(1, moments + 1)


def places(folder: Path, server: Postgresql, starts: Iterable[bool]) -> Iterator[Place]:
    """On each database what is to be migrated, for each start: without rows there are no tables either."""
    for has_rows in starts:
        yield sqlite_place(folder / f"sqlite-{has_rows}", has_rows)
        yield postgresql_place(folder, server, has_rows)


def judge(counts: Iterable[Counter[str]]) -> dict[str, Any]:
    total = Counter(dict.fromkeys(("old", "new", *FAULTS), 0))
    for some in counts:
        total.update(some)
    return {"fault": "migration killed", **total, "ok": not any(total[name] for name in FAULTS)}


def kill_at(place: Place, choose: Callable[[int], Iterable[int]]) -> Counter[str]:
    """Kill a migration at each of the moments that `choose` takes, told how many there are."""
    before, untouched = dump(place()), place()
    moments = int(run_until(NEVER, untouched).stdout)
    after = dump(untouched)
    counts = Counter(newer_taken=int(not refuses_newer(untouched)))
    for moment in choose(moments):
        settings = place()
        run_until(moment, settings)
        found = dump(settings)
        counts["old" if found == before else "new" if found == after else "torn"] += 1
        counts["broken_copies"] += not is_copy_whole(settings, before)
        migrate(settings)
        counts["unfinished"] += dump(settings) != after
        if settings.sqlite_file is not None:
            shutil.rmtree(settings.data_dir)
    kind = "SQLite" if untouched.sqlite_file else "PostgreSQL"
    say(f"{kind}, {len(before)} lines of a dump before and {len(after)} after, {moments} moments: {dict(counts)}")
    return counts


def sqlite_place(folder: Path, has_rows: bool) -> Place:
    start, numbers = Settings(data_dir=folder / "start"), count()
    start.data_dir.mkdir(parents=True)
    prepare(start, has_rows)

    def copy() -> Settings:
        return Settings(data_dir=shutil.copytree(start.data_dir, folder / str(next(numbers))))

    return copy


def postgresql_place(folder: Path, server: Postgresql, has_rows: bool) -> Place:
    start = Settings(data_dir=folder, database_url=server.create_database())
    prepare(start, has_rows)
    return lambda: Settings(data_dir=folder, database_url=server.create_database(template=start.database_url))


def prepare(settings: Settings, has_rows: bool) -> None:
    if has_rows:
        migrate_to(STEPS[0], settings)
        open_database(settings)
        first_schema.fill()
        close_database()


def run_until(moment: int, settings: Settings) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, DYING, str(moment), settings.data_dir, settings.database_url or ""]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != (0 if moment == NEVER else -9):
        raise SystemExit(f"the migration ended by itself: {done}")
    return done


def dump(settings: Settings) -> list[str]:
    """Tables and rows, line by line."""
    open_database(settings)
    is_sqlite = settings.sqlite_file is not None
    lines = [str(row) for sql in ([_SQLITE_SCHEMA] if is_sqlite else _POSTGRESQL_SCHEMA) for row in run(sql).fetchall()]
    for (name,) in run(_SQLITE_TABLES if is_sqlite else _POSTGRESQL_TABLES).fetchall():
        rows = run(f"SELECT {_OWN.get(name, '*')} FROM {name}").fetchall()
        lines += sorted(f"{name}: {row}" for row in rows)
    close_database()
    return lines


def is_copy_whole(settings: Settings, before: list[str]) -> bool:
    """Whether what is kept of the old database, if anything, could take its place."""
    for copy in settings.data_dir.glob("collector.sqlite3.before-*"):
        with closing(sqlite3.connect(copy)) as connection:
            is_sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        place = settings.data_dir / "copy"
        place.mkdir()
        shutil.copy(copy, place / "collector.sqlite3")
        if not is_sound or dump(Settings(data_dir=place)) != before:
            return False
    return True


def refuses_newer(settings: Settings) -> bool:
    open_database(settings)
    run("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')")
    close_database()
    before = dump(settings)
    try:
        migrate(settings)
    except SchemaTooNew:
        close_database()
        return dump(settings) == before
    return False


if __name__ == "__main__":
    main()
