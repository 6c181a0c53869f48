"""GET /healthz and GET /readyz."""

import pytest
from databases import on_empty_databases

from collector.app import create_app
from collector.database import close_database, run


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


def test_a_collector_of_a_newer_schema_is_not_ready(anonymous):
    run("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")

    assert anonymous.get("/readyz").status_code == 503
