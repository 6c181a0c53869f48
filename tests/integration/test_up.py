"""A newcomer's first ten minutes: the README's commands, typed in a fresh copy with an empty HOME."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes.chatgpt import usage
from playwright.sync_api import expect
from ports import free_port
from readme import CURL, DEMO, EXAMPLE, LOGIN, ROOT, SERVICE, UP
from units import command, environment

pytestmark = pytest.mark.timeout(600)


@dataclass
class Copy:
    """The tracked files in a folder of their own, which have to set themselves up."""

    folder: Path

    def type(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """As a person does who has no codex on PATH and nothing in HOME."""
        folders = os.environ["PATH"].split(os.pathsep)
        path = os.pathsep.join(folder for folder in folders if not (Path(folder) / "codex").exists())
        ours = ("COLLECTOR_", "HOSTAGENT_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            # COLUMNS: some shells export how wide they are, and some programs believe it of a pipe too.
            env={**inherited, "PATH": path, "HOME": str(self.folder / "home"), "COLUMNS": "80", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def processes(self) -> list[str]:
        """Command lines of what runs from this folder."""
        lines = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (path / "cwd").readlink() == self.folder:
                    lines.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return lines


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, codex: Path) -> Iterator[Copy]:
    folder = tmp_path_factory.mktemp("fresh") / "codex-status-fleet"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "home").mkdir()
    (folder / ".cache").symlink_to(ROOT / ".cache")  # the downloaded codex; everything else is set up anew
    copy = Copy(folder)
    yield copy
    copy.type("./scripts/down.sh")


@pytest.fixture
def port() -> int:
    return free_port()


def link_in(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/login#code=\S+\n", done.stdout), done.stdout
    return done.stdout.strip()


def latest(copy: Copy, port: int, data: str) -> dict[str, dict[str, Any]]:
    made = copy.type(".venv/bin/collector token create --kind viewer", COLLECTOR_DATA_DIR=data)
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    items = requests.get(f"http://127.0.0.1:{port}/latest", headers=headers, timeout=10).json()["items"]
    return {item["account_label"]: item for item in items}


def wait_for_state(copy: Copy, port: int, data: str, label: str, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while (item := latest(copy, port, data)[label])["state"] != state:
        assert time.monotonic() < deadline, item
        time.sleep(1)
    return item


def test_the_demo_shows_accounts_that_the_real_codex_read(copy, port, page):
    link = link_in(copy.type(f"{DEMO} --port {port}"))

    item = wait_for_state(copy, port, "data/demo/collector", "acc1", "ok")
    assert item["parsed"]["userAgent"].startswith("codex-status-fleet/0.169.0 ")
    states = {item["state"] for item in latest(copy, port, "data/demo/collector").values()}
    assert states == {"ok", "login_required", "wrong_account", "error", "stale", "pending", "disabled"}
    page.goto(link)
    expect(page.get_by_test_id("demo")).to_be_visible()
    expect(page.get_by_test_id("account")).to_have_count(14)

    again = link_in(copy.type(f"{DEMO} --port {port}"))
    assert again != link

    down = copy.type("./scripts/down.sh")
    assert down.returncode == 0, down.stderr
    assert copy.processes() == []
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)

    link_in(copy.type(f"{DEMO} --port {port}"))
    assert copy.type("./scripts/down.sh").returncode == 0
    assert copy.processes() == []


def test_a_first_account_turns_ok_by_the_timer_and_its_page_follows(copy, port, upstream, page):
    first = copy.type(f"{UP} --port {port}")
    link_in(first)
    assert "cp accounts.example.json accounts.json" in first.stderr
    assert copy.type(EXAMPLE).returncode == 0
    login = upstream.add_account("A1", email="you@example.com", usage=usage(five_hour=42))
    upstream.write_config(copy.folder / "accounts/acc1/.codex")
    upstream.device_login.approved = login
    with (copy.folder / "hostagent.yaml").open("a") as settings:
        settings.write(f"poll_interval_sec: 30\ncodex: {json.dumps({'env': upstream.codex_env()})}\n")

    link = link_in(copy.type(f"{UP} --port {port}"))
    assert wait_for_state(copy, port, "data", "acc1", "login_required")
    logged_in = copy.type(LOGIN)

    assert logged_in.returncode == 0, logged_in.stderr
    assert "acc1: logged in as you@example.com" in logged_in.stdout
    wait_for_state(copy, port, "data", "acc1", "ok")
    page.goto(link)
    bar = page.locator('[data-label="acc1"]').get_by_test_id("window-5h")
    expect(bar).to_contain_text("58%")
    login.usage = usage(five_hour=43)
    expect(bar).to_contain_text("57%", timeout=60_000)
    assert (copy.folder / "data/hostagent.token").stat().st_mode & 0o777 == 0o600

    token = "TOKEN=$(.venv/bin/collector token create --kind viewer --read-only)"
    read = copy.type(f"{token}\n{CURL.replace('8080', str(port))}")
    assert '"account_label":"acc1"' in read.stdout


def test_an_agent_that_became_a_service_is_left_to_it(copy, port, tmp_path):
    copy.type(f"./scripts/down.sh; {EXAMPLE}")
    link_in(copy.type(f"{UP} --port {port}"))
    assert "accounts, every" in copy.type(".venv/bin/hostagent logs").stdout
    copy.type("./scripts/down.sh")
    (tmp_path / "systemctl").write_text("#!/bin/sh\necho running\n")
    (tmp_path / "systemctl").chmod(0o755)

    installed = copy.type(f"PATH={tmp_path}:$PATH; {SERVICE}")

    assert installed.returncode == 0, installed.stderr
    (unit,) = (copy.folder / "home/.config/systemd/user").glob("*.service")
    text = unit.read_text()
    with subprocess.Popen(command(text), env=environment(text), cwd=copy.folder, stderr=subprocess.PIPE) as agent:
        assert agent.stderr is not None
        assert b"accounts, every" in agent.stderr.readline()
        link_in(copy.type(f"{UP} --port {port}"))
        assert sum("hostagent run" in process for process in copy.processes()) == 1
        agent.terminate()
    copy.type("./scripts/down.sh")


def test_a_taken_port_is_said_with_a_way_out(copy, port):
    copy.type("./scripts/down.sh")
    with socket.create_server(("127.0.0.1", port)):
        done = copy.type(f"{UP} --port {port}")

    assert done.returncode == 1
    assert f"--port {port + 1}" in done.stderr


def test_without_codex_and_npm_it_says_what_to_type(copy, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").symlink_to(sys._base_executable)
    for tool in ("bash", "sh", "cat", "cksum", "grep", "head", "mkdir", "dirname", "env", "ln"):
        (tools / tool).symlink_to(shutil.which(tool))
    cache = copy.folder / ".cache"
    cache.rename(tmp_path / "cache")

    done = copy.type("PATH=$ONLY ./scripts/setup.sh", ONLY=str(tools))

    shutil.rmtree(cache)
    (tmp_path / "cache").rename(cache)
    assert done.returncode == 1
    assert "Install Node.js" in done.stderr
