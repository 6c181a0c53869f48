"""From one schema to the next: all steps or none, one program at a time, and back from the copy that is kept."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from databases import (
    STEPS,
    MigratedFile,
    migrate_to,
    on_an_empty_sqlite,
    on_empty_databases,
    on_new_databases,
    on_postgresql,
)
from playhouse.schema_diff import diff_models

from collector import migrations
from collector.database import close_database, database, open_database, run
from collector.errors import BackupFailed, SchemaTooNew
from collector.models import TABLES

PROGRAM = Path(sys.executable).parent / "collector"
BROKEN = (
    "def up(_migrator, db):\n    db.execute_sql('CREATE TABLE half (id INTEGER)')\n    raise RuntimeError('broken')\n"
)


@pytest.fixture
def earlier(settings):
    """A database as the release before the last step left it, with something in it."""
    migrate_to(STEPS[-2], settings)
    open_database(settings)
    run("UPDATE fleet SET revision = 42")
    yield settings
    close_database()


@pytest.fixture
def told():
    return []


def kept_copies(settings) -> list[Path]:
    return sorted(settings.data_dir.glob("collector.sqlite3.before-*"))


def applied() -> list[str]:
    return [name for (name,) in run("SELECT name FROM schema_migration ORDER BY name").fetchall()]


def test_the_migrations_lead_to_the_tables_of_the_models(app):
    assert not diff_models(database.obj, list(TABLES))


def test_migrating_twice_does_nothing_the_second_time(app, settings, told):
    assert migrations.migrate(settings, told.append) == []
    assert told == []


@on_new_databases
def test_a_newer_schema_is_left_alone(app, settings):
    run("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")

    with pytest.raises(SchemaTooNew, match="9999_later"):
        migrations.migrate(settings)


@on_empty_databases
def test_migrations_at_once_take_turns_also_on_several_machines(settings, tmp_path):
    def machine(number: int) -> dict[str, str]:
        if settings.sqlite_file is None:
            where = {"DATABASE_URL": settings.database_url, "COLLECTOR_DATA_DIR": str(tmp_path / str(number))}
        else:
            where = {"COLLECTOR_DATA_DIR": str(tmp_path)}
        return {"PATH": os.environ["PATH"], **where}

    children = [
        subprocess.Popen([PROGRAM, "migrate"], env=machine(number), stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]

    outputs = sorted(child.communicate(timeout=60)[0].strip() for child in children)
    assert outputs == ["\n".join(STEPS), "nothing to do", "nothing to do"]
    assert [child.returncode for child in children] == [0, 0, 0]


@on_postgresql
def test_the_language_of_the_server_does_not_order_names(app):
    columns = "table_name || '.' || column_name IN ('host.name', 'account.label')"

    found = run(f"SELECT collation_name FROM information_schema.columns WHERE {columns}").fetchall()

    assert found == [("C",), ("C",)]


@on_empty_databases
def test_a_step_that_fails_takes_those_before_it_back(earlier, tmp_path, monkeypatch):
    for step in (*STEPS, "9998_broken"):
        source = Path(migrations.__file__).parent / f"{step}.py"
        (tmp_path / source.name).write_text(source.read_text() if source.exists() else BROKEN)
    monkeypatch.setattr(migrations, "_FOLDER", tmp_path)

    with pytest.raises(RuntimeError, match="broken"):
        migrations.migrate(earlier)

    assert applied() == STEPS[:-1]
    assert "half" not in database.get_tables()
    (tmp_path / "9998_broken.py").unlink()
    assert migrations.migrate(earlier) == STEPS[-1:]
    assert run("SELECT revision FROM fleet").fetchone() == (42,)


@on_empty_databases
def test_rows_that_belong_to_others_are_looked_after_again_once_migrated(earlier):
    migrations.migrate(earlier)

    with pytest.raises(Exception, match=r"(?i)foreign key"), database.atomic():
        run("INSERT INTO epoch (host_id, epoch) VALUES (999, 'x')")


def test_a_new_database_keeps_no_copy(tmp_path):
    MigratedFile(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["collector.sqlite3"]


@on_an_empty_sqlite
def test_a_database_is_kept_as_it_was_before_it_is_migrated(earlier, told):
    migrations.migrate(earlier, told.append)

    (kept,) = kept_copies(earlier)
    assert kept.name == f"collector.sqlite3.before-{STEPS[-1]}"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert str(kept) in told[0]
    copy = sqlite3.connect(kept)
    assert copy.execute("SELECT revision FROM fleet").fetchone() == (42,)
    assert copy.execute("SELECT max(name) FROM schema_migration").fetchone() == (STEPS[-2],)
    copy.close()


@on_an_empty_sqlite
def test_three_copies_are_kept(earlier):
    for age, step in enumerate(("0001", "0002", "0003", "0004")):
        older = earlier.data_dir / f"collector.sqlite3.before-{step}"
        older.touch()
        os.utime(older, (age, age))

    migrations.migrate(earlier)

    assert [path.name[-4:] for path in kept_copies(earlier)[:2]] == ["0003", "0004"]
    assert len(kept_copies(earlier)) == 3


@on_an_empty_sqlite
def test_without_its_copy_a_database_is_not_migrated(earlier):
    (earlier.data_dir / f"collector.sqlite3.before-{STEPS[-1]}").mkdir()

    with pytest.raises(BackupFailed, match="could not be written"):
        migrations.migrate(earlier)

    assert applied() == STEPS[:-1]
    assert not list(earlier.data_dir.glob("*.partial"))
