"""The database behind a proxy: SQLite by default, PostgreSQL by its URL; a request borrows a connection of a pool."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from peewee import DatabaseProxy, DateTimeField, InterfaceError, OperationalError, ProgrammingError, SqliteDatabase
from playhouse.db_url import connect  # type: ignore[import-untyped]
from playhouse.pool import MaxConnectionsExceeded, PooledSqliteDatabase  # type: ignore[import-untyped]

from collector.errors import DatabaseBusy, DatabaseUnavailable, Problem
from collector.settings import Settings

# Three waits of this length may follow each other: for a connection, for the other threads, for other programs.
_WAIT_SECONDS = 1.6
# More at work at once would only wait for each other, and PostgreSQL has no more than 100 for everybody.
_POOL = {"max_connections": 32, "timeout": _WAIT_SECONDS}
_SQLITE = {
    "pragmas": {
        "journal_mode": "wal",
        # In WAL mode anything less loses acknowledged rows at a power cut.
        "synchronous": "full",
        "foreign_keys": 1,
        "busy_timeout": int(_WAIT_SECONDS * 1000),
    },
    # One thread at a time uses a connection, but not always the same one.
    "check_same_thread": False,
}

# What a database raises that does not answer, or has no tables; `explain_fault` turns it into a problem.
FAULTS = (OperationalError, InterfaceError, ProgrammingError, MaxConnectionsExceeded)

database = DatabaseProxy()
_writing = threading.Lock()


def open_database(settings: Settings) -> None:
    """Point the proxy at the database of `settings`. A thread borrows a connection at its first statement."""
    url = settings.database_url
    if url is None:
        path = str(settings.data_dir / "collector.sqlite3")
        database.initialize(PooledSqliteDatabase(path, **_SQLITE, **_POOL))
        return
    scheme, _, place = url.partition("://")
    options = {**_SQLITE, **_POOL} if scheme == "sqlite" else _POOL
    database.initialize(connect(f"{scheme}+pool://{place}", **options))


def give_back_connection() -> None:
    """Let others have what this thread borrowed; without it nothing happens. Not inside a transaction."""
    if not database.is_closed():
        database.close()


def close_database() -> None:
    """Close what this thread borrowed and whatever nobody uses. The next statement opens a connection again."""
    give_back_connection()
    database.close_idle()


@contextmanager
def write_transaction() -> Iterator[None]:
    """What happens inside is committed durably when the block ends, or not at all.

    Writers of this process queue here. Left to SQLite they would sleep and retry, and starve each other.
    Raises DatabaseBusy when the turn does not come within a few seconds.
    """
    with _turn(_WAIT_SECONDS), database.atomic(*_lock_type()):
        yield


@contextmanager
def write_transaction_at_once() -> Iterator[None]:
    """As `write_transaction`, for what is not worth any waiting: raises DatabaseBusy, or a fault, right away."""
    with _turn(0), _impatience(), database.atomic(*_lock_type()):
        if not _is_sqlite():
            run("SET LOCAL lock_timeout = 1")
        yield


@contextmanager
def _turn(wait_seconds: float) -> Iterator[None]:
    if not _writing.acquire(timeout=wait_seconds):
        raise DatabaseBusy("Other requests are being written; send this one again.")
    try:
        yield
    finally:
        _writing.release()


@contextmanager
def _impatience() -> Iterator[None]:
    """SQLite's connection of this thread waits for no other program meanwhile."""
    if not _is_sqlite():
        yield
        return
    run("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        run(f"PRAGMA busy_timeout = {int(_WAIT_SECONDS * 1000)}")


def _lock_type() -> tuple[str, ...]:
    return ("IMMEDIATE",) if _is_sqlite() else ()


def _is_sqlite() -> bool:
    return isinstance(database.obj, SqliteDatabase)


def run(sql: str, values: Sequence[Any] = ()) -> Any:
    """A cursor for one fixed statement, written with `?` for every value."""
    return database.execute_sql(sql.replace("?", database.param), values)


def fetch_rows(sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a fixed SELECT, by column name, as stored."""
    cursor = run(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def bytes_of(column: str) -> str:
    """SQL for the UTF-8 of a text column."""
    return f"CAST({column} AS BLOB)" if _is_sqlite() else f"convert_to({column}, 'UTF8')"


def explain_fault(error: Exception) -> Problem:
    """The problem to answer with; SQLite tells a held lock from other trouble by its words only."""
    if isinstance(error, MaxConnectionsExceeded):
        return DatabaseBusy("Too many requests are at work; send this one again.")
    if "locked" in str(error):
        return DatabaseBusy("Another program holds the database; send this again.")
    return DatabaseUnavailable("The database cannot be used now; the collector's log says why.")


def to_column(moment: datetime) -> datetime:
    """Columns hold UTC without saying so; every other place holds aware times."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_column(value: str | datetime | None) -> datetime | None:
    """The aware time in a column; SQLite hands it out as text."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC)


class UtcDateTimeField(DateTimeField):
    """An aware time outside, naive UTC in the column."""

    def db_value(self, value: datetime | None) -> datetime | None:
        return None if value is None else to_column(value)

    def python_value(self, value: str | datetime | None) -> datetime | None:
        return from_column(value)
