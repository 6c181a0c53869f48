"""The collector's units: systemd takes them, they are closed off, and what they name is what install.sh lays out."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, real_part_is_missing
from programs import PROGRAMS
from units import setting

UNITS = sorted((ROOT / "deploy/systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.fixture
def systemd_analyze() -> str:
    program = shutil.which("systemd-analyze")
    if not program:
        real_part_is_missing("systemd-analyze")
    return program


def test_systemd_takes_every_unit_without_a_word(systemd_analyze, tmp_path):
    for unit in UNITS:
        text = unit.read_text().replace("/opt/codex-status-fleet/.venv/bin", str(PROGRAMS))
        (tmp_path / unit.name).write_text(text)

    verified = subprocess.run(
        [systemd_analyze, "verify", "--recursive-errors=yes", *tmp_path.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_what_the_services_need_none_of_is_closed_to_them(systemd_analyze, unit):
    rated = subprocess.run(
        [systemd_analyze, "security", "--offline=true", unit], capture_output=True, text=True, check=True
    )

    exposure = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", rated.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= 2.0


def test_a_stopping_collector_is_given_more_time_than_it_takes():
    unit = (ROOT / "deploy/systemd/codex-status-fleet-collector.service").read_text()

    # Figure 8: 15 s at most. The worker is told by its master alone.
    assert int(setting(unit, "TimeoutStopSec")[0]) > 15
    assert setting(unit, "KillMode") == ["mixed"]
    assert setting(unit, "RestartPreventExitStatus") == ["64 78"]


def test_the_installer_lays_out_what_the_units_name():
    installer = (ROOT / "deploy/install.sh").read_text().replace("$user", "codex-status-fleet")

    for unit in SERVICES:
        text = unit.read_text()
        assert setting(text, "User") == ["codex-status-fleet"]
        [settings] = setting(text, "EnvironmentFile")
        for path in (settings, *"".join(setting(text, "ReadWritePaths")).split()):
            assert path in installer, path
    assert Path("/opt/codex-status-fleet/.venv/bin").as_posix() in (ROOT / "deploy/fleet-collector").read_text()
