#!/usr/bin/env python3
"""What `hostagent` takes on a host that installs nothing else: its bytes, and the time until it is imported.

Type: .venv/bin/python scripts/bench/light_install.py
The wheel and the pinned packages of a host, in an empty environment; the times are over a Python that does nothing, and
take turns with it. Takes half a minute.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from verdict import finish

ROOT = Path(__file__).resolve().parents[2]
TURNS = 15
COMMANDS = {
    "bare": ["-c", "pass"],
    "import": ["-c", "import hostagent.cli"],
    "version": ["-m", "hostagent", "--version"],
}
MOST_MIB = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        python = install(Path(folder) / "venv", wheel)
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(TURNS):
            for name, command in COMMANDS.items():
                times[name].append(milliseconds([python, *command]))
        medians = {f"{name}_ms": round(statistics.median(each)) for name, each in times.items()}
        installed = size_mib(next((Path(folder) / "venv/lib").glob("python*/site-packages")))
        verdict: dict[str, Any] = {"bench": "light install", "wheel_kib": round(wheel.stat().st_size / 1024)}
        finish(verdict | {"installed_mib": installed, **medians, "ok": installed <= MOST_MIB})


def build_wheel(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


def install(venv: Path, wheel: Path) -> Path:
    """Its Python; pip itself is not in there."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check", "install"]
    pinned = ROOT / "deploy/requirements/hostagent.txt"
    subprocess.run([*pip, "--require-hashes", "--requirement", pinned], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    return python


def milliseconds(command: list[str | Path]) -> float:
    began_at = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began_at) * 1000


def size_mib(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1024**2, 1)


if __name__ == "__main__":
    main()
