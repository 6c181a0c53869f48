"""The databases that the collector's tests run on, and what a test says that does not mean all of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from postgresql import TESTS

from collector import migrations
from collector.database import close_database, open_database
from collector.settings import Settings

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NO_SQLITE, NEW_POSTGRESQL, EMPTY_POSTGRESQL = "no sqlite", "new postgresql", "empty postgresql"


def _only(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("database_url", kinds, indirect=True)


# What is promised about the file itself, or about a lock that only it has.
on_sqlite = _only(SQLITE)
on_an_empty_sqlite = _only(NO_SQLITE)
on_postgresql = _only(POSTGRESQL)
# What touches no table, or only to get past the door: another database would say nothing more.
on_any_database = _only(SQLITE)
# What changes tables themselves; the PostgreSQL database of the other tests has to stay as it is.
on_new_databases = _only(SQLITE, NEW_POSTGRESQL)
on_empty_databases = _only(NO_SQLITE, EMPTY_POSTGRESQL)

_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('fleet', 'schema_migration')"
)
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND sequencename NOT LIKE 'schema_%'"


STEPS = sorted(path.stem for path in Path(migrations.__file__).parent.glob("[0-9]*.py"))


def migrate(settings: Settings) -> None:
    open_database(settings)
    migrations.migrate(settings)
    close_database()


def migrate_to(step: str, settings: Settings) -> None:
    """As an earlier release would have."""
    open_database(settings)
    migrations._runner().up(step)
    close_database()


class MigratedFile:
    """A SQLite database as every test finds it; to copy it is quicker than to make it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        migrate(Settings(data_dir=folder))

    def copy_to(self, folder: Path) -> None:
        shutil.copy(self.folder / "collector.sqlite3", folder)


class MigratedDatabase:
    """A PostgreSQL database that each test finds as if it were new; to empty it is quicker than to make it."""

    def __init__(self, url: str, connection: psycopg.Connection) -> None:
        self.url = url
        self._connection = connection
        self._steps = [name for (name,) in connection.execute("SELECT name FROM schema_migration")]
        # In any order: foreign keys are not looked at.
        emptied = [f'DELETE FROM "{name}"' for (name,) in connection.execute(_TABLES)]
        restarted = [f"SELECT setval('{name}', 1, false)" for (name,) in connection.execute(_SEQUENCES)]
        self._renew = "; ".join([*emptied, *restarted, "UPDATE fleet SET revision = 0"])

    def renew(self) -> None:
        self._connection.execute(self._renew)
        self._connection.execute("DELETE FROM schema_migration WHERE name <> ALL(%s)", [self._steps])


def stored_bytes(settings: Settings) -> bytes:
    """Whatever is on disk of the rows."""
    if settings.database_url is None:
        return b"".join(path.read_bytes() for path in settings.data_dir.iterdir())
    with psycopg.connect(settings.database_url) as connection:
        names = [name for (name,) in connection.execute(_TABLES)]
        rows = [row for name in names for (row,) in connection.execute(f'SELECT "{name}"::text FROM "{name}"')]
    return "\n".join(rows).encode()


@contextmanager
def migrated_database(url: str, folder: Path) -> Iterator[MigratedDatabase]:
    migrate(Settings(data_dir=folder, database_url=url))
    # A test that left a transaction open fails the next one, and does not hang it.
    settings = "-c session_replication_role=replica -c lock_timeout=10s"
    with psycopg.connect(url, autocommit=True, options=settings, application_name=TESTS) as connection:
        yield MigratedDatabase(url, connection)
