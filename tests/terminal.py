"""Typing a hostagent command in a folder, as a person or a script does."""

import os
import subprocess
from pathlib import Path

from programs import PROGRAMS


def hostagent(
    folder: Path, *arguments: str, typed: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Nothing in the folder is touched before; `typed` is all of standard input, which is no terminal."""
    return subprocess.run(
        [PROGRAMS / "hostagent", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})},
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
