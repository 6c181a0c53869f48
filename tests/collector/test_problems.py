"""Every refusal and every fault is problem+json, and none tells how the inside looks."""

import logging
import sqlite3
import threading
import time

import psycopg
import pytest
from databases import on_any_database, on_sqlite

from collector.auth import public
from collector.models import Event
from collector.queries import tokens


@pytest.fixture
def another_program(settings):
    if settings.sqlite_file is None:
        connection = psycopg.connect(settings.database_url, autocommit=True)
    else:
        connection = sqlite3.connect(settings.sqlite_file, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def hold_database(another_program) -> None:
    """Nobody else can write now."""
    if isinstance(another_program, sqlite3.Connection):
        another_program.execute("BEGIN IMMEDIATE")
    else:
        another_program.execute("BEGIN")
        another_program.execute("LOCK TABLE fleet, host, token, ledger IN EXCLUSIVE MODE")


@on_any_database
def test_a_path_that_does_not_exist_is_a_problem(anonymous):
    response = anonymous.get("/nowhere")

    assert response.content_type == "application/problem+json"
    assert response.get_json()["code"] == "not_found"
    assert response.get_json()["status"] == response.status_code == 404


@on_any_database
def test_a_method_that_does_not_exist_is_a_problem(anonymous):
    response = anonymous.request("DELETE", "/latest")

    assert (response.status_code, response.get_json()["code"]) == (405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@on_any_database
def test_a_crash_is_logged_and_not_shown(app, anonymous, caplog, monkeypatch):
    @public
    def crash():
        raise RuntimeError("the secret inside")

    monkeypatch.setitem(app.view_functions, "health.show_health", crash)

    response = anonymous.get("/healthz")

    assert (response.status_code, response.get_json()["code"]) == (500, "internal")
    assert b"secret" not in response.data
    assert "the secret inside" in caplog.text


def test_a_database_held_by_another_program_means_try_again_within_five_seconds(agent, reader, another_program):
    hold_database(another_program)
    started = time.monotonic()

    response = agent.post("/snapshots", agent.batch(agent.reading(seq=1)))

    assert (response.status_code, response.get_json()["code"]) == (503, "database_busy")
    assert response.headers["Retry-After"] == "5"
    assert time.monotonic() - started < 5
    assert reader.get("/latest").status_code == 200
    another_program.execute("ROLLBACK")
    assert agent.send(agent.reading(seq=1)) == [("stored", None)]


def test_a_read_never_waits_for_a_write_of_its_own(reader, another_program):
    hold_database(another_program)
    started = time.monotonic()

    assert reader.get("/latest").status_code == 200

    assert time.monotonic() - started < 1
    assert last_used(reader) is None
    another_program.execute("ROLLBACK")
    reader.get("/latest")
    assert last_used(reader) is not None


def test_a_read_that_found_the_database_held_leaves_the_patience_of_writes_as_it_was(agent, reader, another_program):
    hold_database(another_program)
    reader.get("/latest")
    release = threading.Timer(0.5, another_program.execute, ["ROLLBACK"])
    release.start()

    assert agent.send(agent.reading()) == [("stored", None)]
    release.join()


def last_used(reader):
    token_id = reader.token.split("_")[1]
    return next(token.last_used_at for token in tokens.list_tokens() if token.id == token_id)


@on_sqlite
def test_a_full_database_takes_nothing_and_goes_on_when_there_is_room(agent, reader, caplog):
    from collector.database import database

    pages = database.pragma("page_count")
    database.pragma("max_page_count", pages)
    item = agent.reading()
    item["parsed"]["userAgent"] = "x" * 500
    full = [{**item, "seq": seq, "raw": {"filler": "x" * 8_000}} for seq in range(1, 51)]

    with caplog.at_level(logging.ERROR):
        response = agent.post("/snapshots", agent.batch(*full))

    assert (response.status_code, response.get_json()["code"]) == (503, "database_unavailable")
    assert "Retry-After" in response.headers
    assert "full" in caplog.text
    assert Event.select().count() == 0
    assert reader.get("/latest").status_code == 200
    database.pragma("max_page_count", 1_000_000)
    assert agent.send(*full)[0] == ("stored", None)
