"""A copy of the SQLite database put in the place of the database."""

import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector import backups, migrations, occupancy
from collector.errors import BackupUnusable, SchemaTooNew

# Readers cannot know what was undone, so they are told everything; and who has signed out meanwhile stays out.
_RENEW = "UPDATE fleet SET database_id = ?, revision = revision + 1"
_SIGNED_IN = ("session", "signin_code")
_REVOKE = """
    UPDATE token SET revoked_at = (SELECT revoked_at FROM former.token AS known WHERE known.id = token.id)
    WHERE revoked_at IS NULL AND id IN (SELECT id FROM former.token WHERE revoked_at IS NOT NULL)
"""
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"


@dataclass(frozen=True)
class Contents:
    """What is in a copy. `step` is the last one of its schema."""

    step: str
    hosts: int
    accounts: int
    events: int

    def __str__(self) -> str:
        return f"{self.hosts} hosts, {self.accounts} accounts, {self.events} events, schema {self.step}"


@dataclass(frozen=True)
class Restored:
    contents: Contents
    former: Path | None
    """Where the former database is now; None when there was none."""
    has_kept_revocations: bool
    """Whether the tokens that the former database knew as revoked are still revoked."""


def check(file: Path) -> Contents:
    """Look through all of a copy. Raises BackupUnusable, or SchemaTooNew for one of a newer release."""
    if not file.is_file():
        raise BackupUnusable(f"There is no file {file}.")
    try:
        with closing(_open(file)) as connection:
            return _read_contents(file, connection)
    except sqlite3.Error as error:
        raise BackupUnusable(f"{file} is not a whole database: {error}") from error


def put_in_place(file: Path, target: Path, now: datetime) -> Restored:
    """As `check`; then the copy is the database, and the former one is kept beside it. Raises DatabaseInUse."""
    with occupancy.alone(target):
        contents = check(file)
        staged = target.with_name(f".{target.name}.restoring")
        staged.unlink(missing_ok=True)
        backups.copy_database(file, staged)
        has_former = target.exists()
        has_kept_revocations = _renew(staged, target if has_former else None)
        former = _keep(target, now) if has_former else None
        staged.replace(target)
        backups.flush(target.parent)
    return Restored(contents, former, has_kept_revocations)


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _read_contents(file: Path, connection: sqlite3.Connection) -> Contents:
    if damage := [words for (words,) in connection.execute("PRAGMA integrity_check") if words != "ok"]:
        raise BackupUnusable(f"{file} is damaged: {damage[0]}")
    if not {"schema_migration", "fleet"} <= {name for (name,) in connection.execute(_TABLES)}:
        raise BackupUnusable(f"{file} is no database of a collector.")
    steps = sorted(name for (name,) in connection.execute("SELECT name FROM schema_migration"))
    if unknown := set(steps) - set(migrations.list_known()):
        raise SchemaTooNew(f"{file} is of a newer release ({', '.join(sorted(unknown))}); install that release.")
    tables = ("host", "account", "event")
    counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]  # noqa: S608
    return Contents(steps[-1], *counts)


def _renew(staged: Path, former: Path | None) -> bool:
    """Whether what the former database knew of revoked tokens is known now."""
    with closing(sqlite3.connect(f"{staged.as_uri()}?mode=rw", uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(_RENEW, (secrets.token_hex(16),))
        for table in {name for (name,) in connection.execute(_TABLES)}.intersection(_SIGNED_IN):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
        return former is not None and _keep_revocations(connection, former)


def _keep_revocations(connection: sqlite3.Connection, former: Path) -> bool:
    try:
        connection.execute("ATTACH ? AS former", (f"{former.as_uri()}?mode=ro",))
        connection.execute(_REVOKE)
    except sqlite3.Error:
        # It may be what is to be repaired.
        return False
    return True


def _keep(target: Path, now: datetime) -> Path:
    """Give the database a second name, so that there is one under the first at any moment."""
    former = target.with_name(f"{target.name}.until-{now:%Y%m%dT%H%M%SZ}")
    # What was written last goes from the log into the file.
    with suppress(sqlite3.Error), closing(sqlite3.connect(target)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    # A damaged file still has its log, which must never be taken for that of another.
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + suffix).rename(former.with_name(former.name + suffix))
    try:
        former.hardlink_to(target)
    except OSError:
        # Not every file system can give a file two names.
        target.rename(former)
    return former
