"""GET /healthz and GET /readyz, and the steps from schema to schema behind them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from databases import on_empty_databases
from playhouse.schema_diff import diff_models

from collector import migrations
from collector.app import create_app
from collector.database import close_database, database, run
from collector.errors import SchemaTooNew
from collector.models import TABLES

STEPS = sorted(path.stem for path in Path(migrations.__file__).parent.glob("[0-9]*.py"))


@pytest.fixture
def empty(settings):
    """A collector whose database has no tables yet."""
    yield create_app(settings).test_client()
    close_database()


def test_a_migrated_collector_is_healthy_and_ready(anonymous):
    assert anonymous.get("/healthz").get_json() == {"ok": True}
    assert anonymous.get("/readyz").get_json() == {"ok": True}


@on_empty_databases
def test_a_collector_without_its_tables_is_healthy_and_not_ready(empty):
    assert empty.get("/healthz").status_code == 200
    response = empty.get("/readyz")
    assert (response.status_code, response.get_json()["code"]) == (503, "not_ready")
    assert "collector migrate" in response.get_json()["detail"]


@on_empty_databases
def test_a_collector_without_its_tables_refuses_calls_without_a_crash(empty):
    response = empty.get("/latest", headers={"Authorization": f"Bearer csfv_{'0' * 12}_{'0' * 64}"})

    assert (response.status_code, response.get_json()["code"]) == (503, "database_unavailable")


def test_a_newer_schema_is_not_ready_and_is_left_alone(anonymous, settings):
    run("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")

    assert anonymous.get("/readyz").status_code == 503
    with pytest.raises(SchemaTooNew, match="9999_later"):
        migrations.migrate(settings)


def test_migrating_twice_does_nothing_the_second_time(app, settings):
    assert migrations.migrate(settings) == []


def test_the_migrations_lead_to_the_tables_of_the_models(app):
    assert not diff_models(database.obj, list(TABLES))


def test_two_migrations_at_once_take_turns(tmp_path):
    command = [Path(sys.executable).parent / "collector", "migrate"]
    environment = {**os.environ, "COLLECTOR_DATA_DIR": str(tmp_path)}

    children = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    outputs = sorted(child.communicate(timeout=60)[0].strip() for child in children)
    assert outputs == ["\n".join(STEPS), "nothing to do", "nothing to do"]
    assert [child.returncode for child in children] == [0, 0, 0]
