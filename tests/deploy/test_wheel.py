"""The wheel in an environment of its own, installed as the images and deploy/install.sh do: the page is in there."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import requests
from conftest import ROOT
from programs import serve_collector


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    [built] = folder.iterdir()
    return built


def test_the_wheel_holds_every_file_of_the_page_and_of_the_units_and_nothing_else_than_the_programs(wheel):
    listed = ["git", "ls-files", "collector", "hostagent"]
    tracked = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")

    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert held == set(filter(None, tracked))


def test_with_the_pinned_packages_the_page_is_served_from_the_wheel(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip = [tmp_path / "venv/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    pinned = ROOT / "deploy/requirements/collector.txt"
    subprocess.run([*pip, "--require-hashes", "--requirement", pinned], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)

    with serve_collector(tmp_path / "data", programs=tmp_path / "venv/bin") as collector:
        page = requests.get(f"{collector.url}/login", timeout=10)
        files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
        answers = [requests.get(collector.url + file, timeout=10).status_code for file in files]

    assert page.status_code == 200
    assert files
    assert set(answers) == {200}
