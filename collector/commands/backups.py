"""`collector backup`, `restore` and `mark-restored`."""

import os
from pathlib import Path

import click

from collector import backups
from collector.clock import utc_now
from collector.commands.opening import enter, open_existing, prepare, require_database, tell
from collector.errors import NotForPostgresql
from collector.queries import restored
from collector.restore import Restored, check, put_in_place
from collector.settings import Settings, read_settings

_FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))


@click.command("backup")
@_FILE
def backup(file: Path) -> None:
    """Copy the SQLite database to FILE, which must not be there yet, while the collector goes on."""
    settings = read_settings(os.environ)
    source = _sqlite_file(
        settings,
        "copy it with: pg_dump --format=custom --file=FILE --host=… --username=… NAME (the password in ~/.pgpass)",
    )
    require_database(settings)
    enter(settings)
    backups.copy_database(source, file.absolute())
    tell(f"copied to {file}: {check(file)}")


@click.command("restore")
@_FILE
@click.option("--verify", is_flag=True, help="Only look whether FILE could be put in place.")
def restore(file: Path, verify: bool) -> None:
    """Put FILE, made by backup, in the place of the SQLite database, while no collector runs.

    The former database is kept beside it. Browsers have to sign in again.
    """
    settings = read_settings(os.environ)
    target = _sqlite_file(
        settings,
        "stop its collectors and restore it with: "
        "pg_restore --clean --if-exists --host=… --username=… --dbname=NAME FILE (the password in ~/.pgpass)\n"
        "then type: collector mark-restored",
    )
    if verify:
        tell(f"{file} is whole: {check(file)}")
        return
    prepare(settings)
    _tell_restored(file, put_in_place(file, target, utc_now()))


@click.command("mark-restored")
def mark_restored() -> None:
    """After the database was restored by other means: pages load everything anew, and browsers sign in again."""
    open_existing()
    restored.mark(utc_now())
    tell("whoever reads is told everything anew; tokens revoked since the copy was made are good again:")
    tell("see collector token list")


def _sqlite_file(settings: Settings, advice: str) -> Path:
    if settings.sqlite_file is None:
        raise NotForPostgresql(f"DATABASE_URL names a PostgreSQL; {advice}")
    return settings.sqlite_file


def _tell_restored(file: Path, done: Restored) -> None:
    tell(f"{file} is in place: {done.contents}")
    if done.former is not None:
        tell(f"the former database is kept as {done.former}")
    if done.former is not None and not done.has_kept_revocations:
        tell("it could not be read, so tokens revoked since the copy was made are good again; see collector token list")
    tell("now start the collector; what agents have not sent yet comes by itself")
