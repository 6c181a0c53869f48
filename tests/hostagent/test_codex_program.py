"""Where the native program is, behind npm's launcher."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hostagent import codex_program
from hostagent.codex_program import native_program, read_version


@pytest.fixture(autouse=True)
def this_machine(monkeypatch):
    monkeypatch.setattr(codex_program.platform, "system", lambda: "Linux")
    monkeypatch.setattr(codex_program.platform, "machine", lambda: "x86_64")


@pytest.fixture
def children_leave():
    """Before the next test counts what is open."""
    yield
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def write_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o700)
    return path


def test_it_is_looked_for_again_once_codex_was_updated(tmp_path):
    launcher = write_program(tmp_path / "@openai/codex/bin/codex.js")
    triple = "x86_64-unknown-linux-musl"
    old = write_program(tmp_path / f"@openai/codex/vendor/{triple}/codex/codex")
    before = native_program(launcher)

    old.unlink()
    new = write_program(tmp_path / f"@openai/codex-linux-x64/vendor/{triple}/bin/codex")
    os.utime(launcher, (0, 0))

    assert before == old
    assert native_program(launcher).resolve() == new


def test_a_program_that_is_no_launcher_is_taken_itself(tmp_path):
    program = write_program(tmp_path / "codex")

    assert native_program(program) == program


def test_threads_that_want_the_version_at_once_ask_once(tmp_path, children_leave):
    program = tmp_path / "codex"
    program.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/trace\nsleep 0.1\necho codex-cli 0.169.0\n")
    program.chmod(0o700)

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(lambda _: read_version(program, tmp_path), range(4)))

    assert versions == ["0.169.0"] * 4
    assert (tmp_path / "trace").read_text() == "asked\n"
