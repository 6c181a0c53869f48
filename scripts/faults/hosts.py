"""Hosts of a collector, with the real codex or with programs that stand in for it."""

import shlex
import sys
from pathlib import Path

from fakes.chatgpt import FakeChatGPT, Fault
from fakes.codex_broken import ANSWERS, lines
from programs import Collector, Host

from hostagent.codex_program import find_codex

_ROOT = Path(__file__).resolve().parents[2]
# Goes before the name of a way to misbehave.
BROKEN_CODEX = shlex.join([sys.executable, str(_ROOT / "tests/fakes/codex_broken.py")])


def pinned_codex() -> Path:
    return find_codex(str(_ROOT / ".venv/bin/codex"))


def make_host(folder: Path, upstream: FakeChatGPT, collector: Collector, codex: Path | None = None) -> Host:
    """Two accounts with this codex and a provider that takes its time; without one six, with a program that is quick.

    The file `asked` in its folder grows with every start of codex.
    """
    folder.mkdir()
    host = Host(folder, upstream, _write_codex(folder, codex))
    host.settings = {"host": folder.name, "poll_interval_sec": 30}
    for number in range(2 if codex else 6):
        login = upstream.add_account(f"{folder.name}-{number}")
        login.faults["usage"] = Fault(delay_seconds=0.3)
        host.add_account(f"acc{number}", login)
    host.join(collector)
    return host


def _write_codex(folder: Path, codex: Path | None) -> Path:
    answers = shlex.quote(lines(*ANSWERS).decode())
    quick = f"[ $1 = --version ] && echo codex-cli 0.169.0 && exit\nsleep 0.1\nprintf %s {answers}\ncat >/dev/null"
    script = f'exec {shlex.quote(str(codex))} "$@"' if codex else quick
    return write_program(folder / "codex", f"echo >>{shlex.quote(str(folder / 'asked'))}\n{script}")


def write_program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
