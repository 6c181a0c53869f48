"""What every test can rely on: the real parts, and a guard against sockets that leave this machine."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import pytest_socket
from chromium import launch_options
from fakes.chatgpt import FakeChatGPT
from playwright.sync_api import Playwright
from postgresql import Postgresql, run_postgresql
from programs import Collector, Host, serve_collector

from hostagent.codex_program import native_program
from hostagent.process import StopRequest

ROOT = Path(__file__).parent.parent
CODEX_VERSIONS = [
    line for line in (ROOT / "scripts/codex-versions").read_text().splitlines() if not line.startswith("#")
]
_IS_MISSING = " is missing"


def pytest_runtest_setup() -> None:
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skip that cannot be overlooked. Read from the reports, which is all that comes from a worker process."""
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped")}
    for reason in sorted(reason for reason in reasons if reason.endswith(_IS_MISSING)):
        terminalreporter.write_sep("!", f"NOT TESTED: {reason}; type: scripts/setup.sh --dev", red=True)


def real_part_is_missing(part: str) -> NoReturn:
    """A loud skip on a desk, a failure in CI."""
    if os.environ.get("CI"):
        pytest.fail(part + _IS_MISSING, pytrace=False)
    pytest.skip(part + _IS_MISSING)


def codex_program(version: str) -> Path:
    """The native program of an installed codex version."""
    launcher = ROOT / f".cache/codex/{version}/node_modules/.bin/codex"
    if not launcher.exists():
        real_part_is_missing(f"codex {version}")
    return native_program(launcher)


@pytest.fixture(scope="session")
def codex() -> Path:
    """The pinned codex."""
    return codex_program(CODEX_VERSIONS[0])


@pytest.fixture(scope="session", params=CODEX_VERSIONS)
def any_codex(request: pytest.FixtureRequest) -> Path:
    """Each codex that has to work, one after the other."""
    return codex_program(request.param)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], playwright: Playwright) -> dict[str, Any]:
    """As scripts start it too."""
    options = launch_options(playwright)
    if options is None:
        real_part_is_missing("Chromium")
    return {**browser_type_launch_args, **options}


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A server of this test process; gone with it."""
    try:
        with run_postgresql() as server:
            yield server
    except ImportError:
        real_part_is_missing("PostgreSQL")


@pytest.fixture
def postgresql_url(postgresql: Postgresql) -> str:
    """A new, empty database."""
    return postgresql.create_database()


@pytest.fixture
def stop() -> Iterator[StopRequest]:
    request = StopRequest()
    yield request
    request.close()


@pytest.fixture
def upstream() -> Iterator[FakeChatGPT]:
    with FakeChatGPT() as fake:
        yield fake


@pytest.fixture
def host(tmp_path: Path, upstream: FakeChatGPT, codex: Path) -> Host:
    folder = tmp_path / "host"
    folder.mkdir()
    return Host(folder, upstream, codex)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    with serve_collector(tmp_path / "collector") as running:
        yield running


@pytest.fixture
def joined_host(host: Host, collector: Collector) -> Host:
    """A host that may push to the collector."""
    host.join(collector)
    return host
