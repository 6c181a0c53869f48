"""DATABASE_URL: what is wrong with it is said at once, with what to do, and without its password."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from collector.database import FAULTS, open_database, run
from collector.settings import Settings

PROGRAMS = Path(sys.executable).parent
WITHOUT_DRIVER = "import sys; sys.modules['psycopg'] = None; from collector.cli import main; main()"


@pytest.fixture(scope="module")
def guarded(postgresql):
    """A server with a user who has a password."""
    postgresql.guard("guarded", "right@/%")
    return postgresql


@pytest.fixture
def start(tmp_path):
    """Run `collector serve` with a DATABASE_URL that it cannot use."""

    def run_program(url: str, *command: str) -> subprocess.CompletedProcess[str]:
        program = command or (str(PROGRAMS / "collector"),)
        environment = {"PATH": os.environ["PATH"], "COLLECTOR_DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": url}
        done = subprocess.run(
            [*program, "serve"], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in done.stderr
        assert "opensesame" not in done.stderr
        return done

    return run_program


def test_a_server_that_does_not_answer_may_answer_later(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    result = start(f"postgresql://fleet:opensesame@127.0.0.1:{port}/fleet")

    assert result.returncode == os.EX_UNAVAILABLE
    assert f'"127.0.0.1", port {port} failed: Connection refused' in result.stderr
    assert "is PostgreSQL running there" in result.stderr


def test_a_wrong_password_is_told_as_such(start, guarded):
    result = start(guarded.url(user="guarded:opensesame"))

    assert result.returncode == os.EX_CONFIG
    assert 'password authentication failed for user "guarded"' in result.stderr
    assert "correct the user or the password" in result.stderr


def test_a_password_may_hold_any_character_when_it_is_encoded(start, guarded):
    result = start(guarded.url("postgres", user="guarded:right%40%2F%25"))

    assert (result.returncode, "collector migrate" in result.stderr) == (os.EX_CONFIG, True)


def test_a_database_that_is_not_there_is_told_as_such(start, postgresql):
    result = start(postgresql.url("nowhere"))

    assert result.returncode == os.EX_CONFIG
    assert 'database "nowhere" does not exist' in result.stderr
    assert "createdb" in result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://fleet:open%sesame@127.0.0.1/fleet",
        "postgresql://fleet:opensesame/1@127.0.0.1/fleet",
        "postgresql://fleet:12/opensesame@127.0.0.1/fleet",
        "postgresql://fleet:opensesame@[::1/fleet",
    ],
)
def test_what_libpq_would_misread_is_refused_without_being_shown(start, url):
    result = start(url)

    assert result.returncode == os.EX_CONFIG
    assert "write %40 for @" in result.stderr
    assert "sesame" not in result.stderr


def test_without_its_driver_the_collector_says_how_to_get_it(start):
    result = start("postgresql://fleet:opensesame@127.0.0.1/fleet", sys.executable, "-c", WITHOUT_DRIVER)

    assert result.returncode == os.EX_CONFIG
    assert "pip install 'codex-status-fleet[postgres]'" in result.stderr


def test_nobody_waits_behind_others_for_a_server_that_is_silent(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://fleet@127.0.0.1:{silent.getsockname()[1]}/fleet?connect_timeout=2"
        open_database(Settings(data_dir=tmp_path, database_url=url))
        failed, started = [], time.monotonic()

        def ask():
            with pytest.raises(FAULTS):
                run("SELECT 1")
            failed.append(time.monotonic() - started)

        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(failed) == 20
    assert max(failed) < 2 * 2 + 1
