"""What commands do before their work: read the environment and open its database. And how they speak to people."""

import os

import click

from collector import database, migrations
from collector.settings import Settings, prepare_data_dir, read_settings


def open_database(settings: Settings) -> None:
    os.umask(0o077)
    tightened = prepare_data_dir(settings.data_dir)
    if tightened is not None:
        tell(tightened)
    database.open_database(settings)


def open_migrated() -> Settings:
    """Open the database of this environment and bring it up to date."""
    settings = read_settings(os.environ)
    open_database(settings)
    migrations.migrate(settings)
    return settings


def tell(sentence: str) -> None:
    """To the operator; standard output belongs to what a program may read."""
    for line in sentence.splitlines():
        click.echo(f"collector: {line}", err=True)
