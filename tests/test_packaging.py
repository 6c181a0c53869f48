"""What somebody installs: the version, the two programs, and how little a host needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAMS = Path(sys.executable).parent


@pytest.mark.parametrize("program", ["hostagent", "collector"])
def test_the_version_is_the_first_heading_of_the_changelog(program):
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    done = subprocess.run([PROGRAMS / program, "--version"], capture_output=True, text=True, check=True)

    assert heading is not None
    assert heading.group(1) in done.stdout


@pytest.mark.parametrize("verb", [[], ["probe"], ["push"], ["login"]])
def test_every_command_explains_itself_with_an_example(verb):
    done = subprocess.run([PROGRAMS / "hostagent", *verb, "--help"], capture_output=True, text=True, check=True)

    assert "example:\n  hostagent" in done.stdout or not verb


def test_a_host_needs_requests_and_pyyaml_and_nothing_else(tmp_path):
    """From the pinned requirements alone: those that no extra brings in, installed into an empty environment."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    pinned = tmp_path / "constraints.txt"
    pinned.write_text("\n".join(re.findall(r"^[\w.-]+==[\w.]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)))
    build_tools = {"pip", "setuptools"}

    subprocess.run([*pip, "install", "--constraint", pinned, ROOT], check=True, capture_output=True)

    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout
    names = {line.partition("==")[0].lower() for line in listed.splitlines()} - build_tools
    needed = {"certifi", "charset-normalizer", "idna", "urllib3"}
    assert names == {"codex-status-fleet", "requests", "pyyaml", *needed}
    (tmp_path / "hostagent.yaml").write_text("codex: {bin: /bin/true}")
    (tmp_path / "accounts.json").write_text('{"accounts": [{"label": "acc1"}]}')
    printed = subprocess.run(
        [tmp_path / "venv/bin/hostagent", "install-service", "--print", "--timer"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert printed.stdout.count("[Install]") == 1, "the templates came along"


def test_nothing_that_belongs_to_one_machine_is_tracked():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    private = [
        path
        for path in tracked
        if path in {"accounts.json", "hostagent.yaml"} or path.startswith(("accounts/", "data/"))
    ]
    assert private == []
