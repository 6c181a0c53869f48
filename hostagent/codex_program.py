"""Finding the codex program, and the native binary behind its npm launcher."""

import os
import platform
import re
import shutil
import sys
import threading
from functools import lru_cache
from pathlib import Path

from hostagent.codex_home import SQLITE_HOME, sqlite_home
from hostagent.errors import ProbeFault
from hostagent.process import Command, read_first_line

_TRIPLES = {
    ("Linux", "x86_64"): "x86_64-unknown-linux-musl",
    ("Linux", "aarch64"): "aarch64-unknown-linux-musl",
    ("Darwin", "x86_64"): "x86_64-apple-darwin",
    ("Darwin", "arm64"): "aarch64-apple-darwin",
}
# Newest layout first. The launcher's package holds the binary itself up to 0.92.0, later a package beside or below it.
_PACKAGES = ("", "node_modules/@openai/codex-*", "../codex-*")
_PROGRAMS = ("bin/codex", "codex/codex")

# What each build of a program said, by its path and the time of its last change.
_versions: dict[tuple[Path, int], str | None] = {}
# At the start of a round every thread wants to know it.
_asking = threading.Lock()


def find_codex(configured: str | None) -> Path:
    """The native program, behind the npm launcher too: it starts in half the time and cannot be orphaned.

    Raises ProbeFault("codex_missing").
    """
    return native_program(find_launcher(configured))


def find_launcher(configured: str | None) -> Path:
    """codex.bin of hostagent.yaml, else `codex` on PATH, else the one beside our own Python. Raises as `find_codex`."""
    beside_us = str(Path(sys.executable).parent)
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), beside_us])
    found = shutil.which(Path(configured or "codex").expanduser(), path=search)
    if found is None:
        raise ProbeFault("codex_missing")
    return Path(found)


def native_program(launcher: Path) -> Path:
    """The binary that an npm launcher would start; the given program itself when it is none.

    Looked for once for each build of the launcher: each time took a tenth of what the agent itself does for a probe.
    """
    return _look_behind(launcher, launcher.stat().st_mtime_ns)


@lru_cache
def _look_behind(launcher: Path, _changed_at: int) -> Path:
    resolved = launcher.resolve()
    triple = _TRIPLES.get((platform.system(), platform.machine()))
    if resolved.suffix != ".js" or triple is None:
        return launcher
    package = resolved.parent.parent
    for folder in _PACKAGES:
        for program in _PROGRAMS:
            for candidate in package.glob(f"{folder}/vendor/{triple}/{program}".lstrip("/")):
                if os.access(candidate, os.X_OK):
                    return candidate
    return launcher


def read_version(codex: Path, state_dir: Path, timeout_seconds: float = 20.0) -> str | None:
    """What `codex --version` says, like "0.169.0"; None when it says nothing of the kind in time.

    Asked once for each build of the program: it costs as much as a fifth of a probe.
    """
    try:
        build = codex, codex.stat().st_mtime_ns
        with _asking:
            if build not in _versions:
                _versions[build] = _ask_version(codex, state_dir, timeout_seconds)
    except OSError:
        return None
    return _versions[build]


def _ask_version(codex: Path, state_dir: Path, timeout_seconds: float) -> str | None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), SQLITE_HOME: str(sqlite_home(state_dir))}
    command = Command((str(codex), "--version"), environment, Path("/"))
    match = re.search(r"\d+\.\d+\.\d+", read_first_line(command, timeout_seconds))
    return match.group() if match else None
