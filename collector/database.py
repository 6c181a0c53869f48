"""The database behind a proxy: SQLite by default, PostgreSQL by its URL; a request borrows a connection of a pool."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from peewee import (
    Database,
    DatabaseProxy,
    DateTimeField,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SqliteDatabase,
)
from peewee import __exception_wrapper__ as _peewee_errors  # type: ignore[attr-defined]
from playhouse.pool import MaxConnectionsExceeded, PooledSqliteDatabase  # type: ignore[import-untyped]

from collector.errors import DatabaseAway, DatabaseBusy, DatabaseUnavailable, DriverMissing, Problem
from collector.settings import Settings

# Three waits of this length may follow each other: for a connection, for the other threads, for other programs.
_WAIT_SECONDS = 1.6
_WAIT_MS = int(_WAIT_SECONDS * 1000)
_FOR_EVER_MS = 2**31 - 1
# More at work at once would only wait for each other, and PostgreSQL has no more than 100 for everybody.
_POOL = {"max_connections": 32, "timeout": _WAIT_SECONDS}
_SQLITE = {
    "pragmas": {
        "journal_mode": "wal",
        # In WAL mode anything less loses acknowledged rows at a power cut.
        "synchronous": "full",
        "foreign_keys": 1,
        "busy_timeout": _WAIT_MS,
    },
    # One thread at a time uses a connection, but not always the same one.
    "check_same_thread": False,
}

# What a database raises that does not answer, or has no tables; `explain_fault` turns it into a problem.
FAULTS = (OperationalError, InterfaceError, ProgrammingError, MaxConnectionsExceeded)

# What PostgreSQL calls a lock that did not come in time, and a knot of locks that it has cut.
_BUSY_STATES = {"55P03", "40P01"}
# It has lost or ended the connection, or never took it.
_AWAY_CLASSES = {"08", "57"}
# The lock of whoever writes, on PostgreSQL: any number that everybody agrees on.
_WRITERS = 0x57524954

database = DatabaseProxy()
_writing = threading.Lock()


def open_database(settings: Settings) -> None:
    """Point the proxy at the database of `settings`. A thread borrows a connection at its first statement."""
    if settings.sqlite_file is not None:
        database.initialize(PooledSqliteDatabase(str(settings.sqlite_file), **_SQLITE, **_POOL))
    elif settings.database_url is not None:
        database.initialize(_postgresql(settings.database_url))


def _postgresql(url: str) -> Database:
    try:
        from collector.postgresql import PostgresqlPool  # noqa: PLC0415 - an extra that not everybody installs
    except ImportError as error:
        raise DriverMissing(
            f"DATABASE_URL names a PostgreSQL, and its driver is missing ({error}); "
            "type: pip install 'codex-status-fleet[postgres]'"
        ) from error
    return PostgresqlPool(url, lock_timeout_ms=_WAIT_MS, **_POOL)


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

    Nobody else writes meanwhile, in no process: what was read inside stays true, and two never wait for each other.
    Raises DatabaseBusy when the turn does not come within a few seconds.
    """
    with _turn(_WAIT_SECONDS), _transaction():
        yield


@contextmanager
def write_transaction_at_once() -> Iterator[None]:
    """As `write_transaction`, for what is not worth any waiting: raises DatabaseBusy, or a fault, right away."""
    with _turn(0), _sqlite_settings(busy_timeout=0), _transaction("SET LOCAL lock_timeout = 1"):
        yield


@contextmanager
def rebuilding_transaction() -> Iterator[None]:
    """As `write_transaction`, for changes to the tables themselves. It waits for its turn as long as that takes.

    Rows that belong to others are not looked at meanwhile: a table that is made anew would take them with it.
    """
    with _sqlite_settings(busy_timeout=_FOR_EVER_MS, foreign_keys=0), _transaction("SET LOCAL lock_timeout = 0"):
        if not _is_sqlite():
            run(f"SET LOCAL lock_timeout = {_WAIT_MS}")
        yield


@contextmanager
def _transaction(*postgresql_settings: str) -> Iterator[None]:
    if _is_sqlite():
        with database.atomic("IMMEDIATE"):
            yield
        return
    with database.atomic():
        for setting in postgresql_settings:
            run(setting)
        run("SELECT pg_advisory_xact_lock(?)", (_WRITERS,))
        yield


@contextmanager
def _turn(wait_seconds: float) -> Iterator[None]:
    """Writers of this process queue here. Left to SQLite they would sleep and retry, and starve each other."""
    if not _writing.acquire(timeout=wait_seconds):
        raise DatabaseBusy("Other requests are being written; send this one again.")
    try:
        yield
    finally:
        _writing.release()


@contextmanager
def _sqlite_settings(**settings: int) -> Iterator[None]:
    """For this thread's connection, meanwhile. They cannot be changed inside a transaction."""
    if not _is_sqlite():
        yield
        return
    before = {name: run(f"PRAGMA {name}").fetchone()[0] for name in settings}
    try:
        for name, value in settings.items():
            run(f"PRAGMA {name} = {value}")
        yield
    finally:
        for name, value in before.items():
            run(f"PRAGMA {name} = {value}")


def _is_sqlite() -> bool:
    return isinstance(database.obj, SqliteDatabase)


def run(sql: str, values: Sequence[Any] = ()) -> Any:
    """A cursor for one fixed statement, written with `?` for every value."""
    return _execute("execute", sql, values)


def run_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """A fixed statement that changes rows, once for each of `rows`; in one go, which costs the least."""
    if rows:
        _execute("executemany", sql, rows)


def _execute(how: str, sql: str, values: Sequence[Any]) -> Any:
    """Peewee's own way with a statement is as long as SQLite's, and it has none for many rows."""
    ours = database.obj
    with _peewee_errors:
        cursor = ours.cursor()
        getattr(cursor, how)(sql if ours.param == "?" else sql.replace("?", ours.param), values)
    return cursor


def fetch_rows(sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a fixed SELECT, by column name, as stored."""
    cursor = run(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def bytes_of(column: str) -> str:
    """SQL for the UTF-8 of a text column."""
    return f"CAST({column} AS BLOB)" if _is_sqlite() else f"convert_to({column}, 'UTF8')"


def seconds_of(column: str) -> str:
    """SQL for a time column in seconds since 1970; what is less than a second is left out."""
    seconds = f"strftime('%s', {column})" if _is_sqlite() else f"trunc(EXTRACT(EPOCH FROM {column}))"
    return f"CAST({seconds} AS BIGINT)"


def explain_fault(error: Exception) -> Problem:
    """The problem to answer with."""
    if isinstance(error, MaxConnectionsExceeded):
        return DatabaseBusy("Too many requests are at work; send this one again.")
    if _is_busy(error):
        return DatabaseBusy("Another program holds the database; send this again.")
    if _is_away(error):
        return DatabaseAway("The database does not answer now; send this again.")
    return DatabaseUnavailable("The database cannot be used now; the collector's log says why.")


def _is_busy(error: Exception) -> bool:
    """SQLite tells a held lock from other trouble by its words only."""
    return "locked" in str(error) if _is_sqlite() else _sqlstate(error) in _BUSY_STATES


def _is_away(error: Exception) -> bool:
    if _is_sqlite():
        return False
    # Without a state: it is the driver that says so, who has nobody to speak with.
    sqlstate = _sqlstate(error)
    return sqlstate is None or sqlstate[:2] in _AWAY_CLASSES


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)


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
