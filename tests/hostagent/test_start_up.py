"""What a command has to load before it can begin."""

import subprocess
import sys
from pathlib import Path


def loaded_by(folder: Path, *arguments: str) -> set[str]:
    """The modules that the program imports, without those of their packages."""
    command = [sys.executable, "-X", "importtime", "-m", "hostagent", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}


def test_help_waits_for_neither_http_nor_yaml(tmp_path):
    loaded = loaded_by(tmp_path, "--help")

    assert "hostagent" in loaded
    assert not loaded & {"requests", "urllib3", "yaml"}


def test_a_look_at_the_accounts_does_not_wait_for_http(tmp_path):
    (tmp_path / "hostagent.yaml").touch()
    (tmp_path / "accounts.json").write_text('{"accounts": [{"label": "acc1"}]}')

    loaded = loaded_by(tmp_path, "accounts")

    assert "yaml" in loaded
    assert not loaded & {"requests", "urllib3"}
