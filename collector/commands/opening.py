"""What commands do before their work: read the environment and open its database. And how they speak to people."""

import os
from collections.abc import Callable

import click

from collector import database, migrations, occupancy
from collector.errors import NoDatabase
from collector.settings import Settings, prepare_data_dir, read_settings


def tell(sentence: str) -> None:
    """To the operator; standard output belongs to what a program may read."""
    for line in sentence.splitlines():
        click.echo(f"collector: {line}", err=True)


def prepare(settings: Settings, say: Callable[[str], None] = tell) -> None:
    """Close to others the data folder, and what this process writes. `say` gets what had to be mended for that."""
    os.umask(0o077)
    tightened = prepare_data_dir(settings.data_dir)
    if tightened is not None:
        say(tightened)


def enter(settings: Settings, say: Callable[[str], None] = tell) -> None:
    """As `prepare`; and nobody replaces the database while this process uses it."""
    prepare(settings, say)
    if settings.sqlite_file is not None:
        occupancy.enter(settings.sqlite_file)


def open_database(settings: Settings, say: Callable[[str], None] = tell) -> None:
    """As `enter`."""
    enter(settings, say)
    database.open_database(settings)


def require_database(settings: Settings) -> None:
    """Raises NoDatabase where a file should be."""
    file = settings.sqlite_file
    if file is not None and not file.exists():
        raise NoDatabase(
            f"There is no database {file}. Name the folder of the one that you mean with COLLECTOR_DATA_DIR,"
            " or begin one with: collector serve"
        )


def open_existing() -> Settings:
    """Open the database of this environment. Raises NoDatabase, SchemaTooOld, SchemaTooNew."""
    settings = read_settings(os.environ)
    require_database(settings)
    open_database(settings)
    migrations.require_current()
    return settings


def open_or_begin() -> Settings:
    """As `open_existing`; a SQLite database that is not there is begun, which is told."""
    settings = read_settings(os.environ)
    if settings.sqlite_file is None or settings.sqlite_file.exists():
        return open_existing()
    open_database(settings)
    migrations.migrate(settings)
    tell(f"began a new database: {settings.sqlite_file}")
    return settings
