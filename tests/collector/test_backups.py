"""Copies of the SQLite database, and what is promised of a database that one was put in the place of."""

import os
import sqlite3
import subprocess
from contextlib import closing
from errno import EPERM
from pathlib import Path

import pytest
import requests
from databases import on_sqlite
from programs import PROGRAMS, Collector, serve_collector

from collector import backups
from collector.database import close_database
from collector.errors import BackupFailed, BackupUnusable, DatabaseInUse, SchemaTooNew
from collector.queries import restored, tokens
from collector.restore import check, put_in_place


def command(collector: Collector, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = [PROGRAMS / "collector", *arguments]
    return subprocess.run(program, env=collector.environment, capture_output=True, text=True, timeout=60, check=False)


def register(collector: Collector, agent: str, *labels: str) -> None:
    body = {"accounts": [{"account_label": label} for label in labels]}
    headers = {"Authorization": f"Bearer {agent}"}
    requests.post(f"{collector.url}/registry", json=body, headers=headers, timeout=60).raise_for_status()


def wish(collector: Collector, agent: str) -> int:
    """The cursor that the agent gets for a wish of all its accounts."""
    admin = {"Authorization": f"Bearer {collector.token('--kind', 'admin')}"}
    requests.post(f"{collector.url}/refresh", json={}, headers=admin, timeout=60).raise_for_status()
    headers = {"Authorization": f"Bearer {agent}"}
    return requests.get(f"{collector.url}/refresh/queue", headers=headers, timeout=60).json()["cursor"]


def execute(file: Path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def test_a_running_collector_is_copied_and_not_replaced(tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with serve_collector(tmp_path / "data") as collector:
        register(collector, collector.token("--kind", "agent", "--host", "mac-mini"), "acc1")

        made = command(collector, "backup", copy)
        again = command(collector, "backup", copy)
        refused = command(collector, "restore", copy)

        assert list(collector.get("/registry")["items"])
    assert (made.returncode, again.returncode, refused.returncode) == (0, os.EX_CANTCREAT, os.EX_TEMPFAIL)
    assert "1 hosts, 1 accounts, 0 events" in made.stderr
    assert "is there already" in again.stderr
    assert "A collector uses" in refused.stderr
    assert copy.stat().st_mode & 0o777 == 0o600
    assert execute(copy, "PRAGMA integrity_check") == [("ok",)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.sqlite3", "data"]


def test_a_restored_collector_tells_everything_anew_and_repeats_no_cursor(tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with serve_collector(tmp_path / "data") as collector:
        agent = collector.token("--kind", "agent", "--host", "mac-mini")
        register(collector, agent, "acc1")
        before = collector.get("/latest")["revision"]
        collector.run("backup", str(copy))
        register(collector, agent, "acc1", "acc2")
        cursor = wish(collector, agent)

    done = command(collector, "restore", copy)

    assert (done.returncode, "the former database is kept" in done.stderr) == (0, True)
    with serve_collector(tmp_path / "data") as collector:
        answer = collector.get(f"/latest?since={before}")
        assert [item["account_label"] for item in answer["items"]] == ["acc1"]
        assert "removed" not in answer
        assert wish(collector, agent) > cursor


@on_sqlite
def test_the_copy_is_the_database_and_the_former_one_is_beside_it(agent, settings, clock, tmp_path):
    file, copy = settings.sqlite_file, tmp_path / "copy.sqlite3"
    agent.send(agent.reading())
    backups.copy_database(file, copy)
    agent.send(agent.reading(used_percent=50))
    close_database()

    done = put_in_place(copy, file, clock())

    assert done.former.name == "collector.sqlite3.until-20261122T092012Z"
    assert (done.contents.accounts, done.contents.events) == (1, 1)
    events = "SELECT count(*) FROM event"
    assert (execute(file, events), execute(done.former, events)) == ([(1,)], [(2,)])
    assert file.stat().st_mode & 0o777 == 0o600
    assert execute(file, "SELECT database_id FROM fleet") != execute(copy, "SELECT database_id FROM fleet")


@on_sqlite
def test_what_was_ended_since_the_copy_stays_ended(reader, visitor, make_token, settings, clock, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    assert visitor.sign_in(token=make_token()).status_code == 200
    backups.copy_database(settings.sqlite_file, copy)
    tokens.revoke_token(reader.token.split("_")[1], clock())
    assert visitor.sign_out().status_code == 204
    close_database()

    done = put_in_place(copy, settings.sqlite_file, clock())

    assert done.has_kept_revocations
    assert reader.get("/latest").status_code == 401
    assert not visitor.is_signed_in()


@on_sqlite
def test_a_damaged_database_can_be_replaced(agent, settings, clock, tmp_path):
    file, copy = settings.sqlite_file, tmp_path / "copy.sqlite3"
    backups.copy_database(file, copy)
    close_database()
    file.write_bytes(b"no longer a database")
    file.with_name(f"{file.name}-wal").write_bytes(b"nor its log")

    done = put_in_place(copy, file, clock())

    assert not done.has_kept_revocations
    assert done.former.read_bytes() == b"no longer a database"
    assert agent.send(agent.reading()) == [("stored", None)]


@on_sqlite
def test_a_database_in_use_is_not_replaced(settings, clock, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    backups.copy_database(settings.sqlite_file, copy)
    before = settings.sqlite_file.read_bytes()
    user = subprocess.Popen(
        [
            PROGRAMS / "python",
            "-c",
            f"import sys, pathlib, collector.occupancy as o;"
            f"o.enter(pathlib.Path('{settings.sqlite_file}')); print(flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with user:
        user.stdout.readline()

        with pytest.raises(DatabaseInUse, match="Stop it"):
            put_in_place(copy, settings.sqlite_file, clock())

        user.stdin.close()
    assert settings.sqlite_file.read_bytes() == before
    assert put_in_place(copy, settings.sqlite_file, clock()).former


def no_database(file: Path) -> None:
    file.write_bytes(b"hello" * 1000)


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwritten(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3 : len(content) // 2] = b"\xff" * (len(content) // 2 - len(content) // 3)
    file.write_bytes(content)


def of_another_program(file: Path) -> None:
    file.unlink()
    execute(file, "CREATE TABLE other (id INTEGER)")


@pytest.mark.parametrize("spoil", [no_database, cut_short, overwritten, of_another_program, Path.unlink])
def test_what_is_no_whole_copy_is_not_put_in_place(migrated_file, tmp_path, clock, spoil):
    copy, file = tmp_path / "copy.sqlite3", tmp_path / "collector.sqlite3"
    migrated_file.copy_to(tmp_path)
    backups.copy_database(file, copy)
    before = file.read_bytes()
    spoil(copy)

    with pytest.raises(BackupUnusable, match=r"copy\.sqlite3"):
        put_in_place(copy, file, clock())

    assert file.read_bytes() == before
    assert not list(tmp_path.glob("*.until-*"))


def test_a_copy_of_a_newer_release_is_refused(migrated_file, tmp_path):
    migrated_file.copy_to(tmp_path)
    copy = tmp_path / "collector.sqlite3"
    execute(copy, "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")

    with pytest.raises(SchemaTooNew, match="9999_later"):
        check(copy)


@pytest.mark.parametrize("has_hard_links", [True, False])
def test_a_copy_never_replaces_a_file(migrated_file, tmp_path, monkeypatch, has_hard_links):
    source, copy = migrated_file.folder / "collector.sqlite3", tmp_path / "copy"

    def refuse(*_):
        raise OSError(EPERM, "Operation not permitted")

    if not has_hard_links:
        monkeypatch.setattr(os, "link", refuse)

    backups.copy_database(source, copy)
    copy.write_text("mine")

    with pytest.raises(BackupFailed, match="name another file"):
        backups.copy_database(source, copy)
    assert copy.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_copy_into_a_folder_that_is_not_there_is_told_plainly(migrated_file, tmp_path):
    with pytest.raises(BackupFailed, match="No such file or directory"):
        backups.copy_database(migrated_file.folder / "collector.sqlite3", tmp_path / "no" / "copy")


def test_whoever_restores_by_other_means_can_say_so(agent, reader, make_page, make_token, clock):
    page = make_page(token=make_token())
    before = reader.revision()

    restored.mark(clock())

    assert "removed" not in reader.get(f"/latest?since={before}").get_json()
    assert not page.is_signed_in()
    assert reader.get("/latest").status_code == 200


@pytest.mark.parametrize(("name", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_a_postgresql_is_left_to_its_own_tools(tmp_path, name, tool):
    collector = Collector("", {"DATABASE_URL": "postgresql://fleet:opensesame@127.0.0.1/fleet"})

    result = command(collector, name, tmp_path / "copy")

    assert (result.returncode, tool in result.stderr) == (os.EX_USAGE, True)
    assert "opensesame" not in result.stderr
