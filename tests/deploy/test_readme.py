"""deploy/README.md is true: what it tells people to type is typed by a test, or it is said why not."""

import re
import subprocess

import pytest
import yaml
from conftest import ROOT, real_part_is_missing
from deploy_readme import ADMIN_TOKEN, CADDY_OF_A_LAN, NAME, NGINX, NOT_TYPED, TIMER, TYPED
from programs import PROGRAMS
from readme import command_blocks
from shipped_proxies import find_proxy

from collector.settings import read_settings

TEXT = (ROOT / "deploy/README.md").read_text()


def test_every_command_block_is_typed_by_a_test_or_has_its_reason():
    assert set(command_blocks("deploy/README.md")) == TYPED | set(NOT_TYPED)


def test_every_file_that_is_named_exists():
    for target in re.findall(r"\]\(([^):#]+)\)", TEXT) + re.findall(r"`((?:scripts|deploy|collector)/[\w./-]+)`", TEXT):
        assert (ROOT / "deploy" / target).exists() or (ROOT / target).exists(), target
    for anchor in re.findall(r"\]\(#([^)]+)\)", TEXT):
        assert anchor in {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.*)$", TEXT, re.MULTILINE)}


def test_a_token_made_as_told_is_taken_as_an_admins():
    made = subprocess.run(["sh", "-c", ADMIN_TOKEN], capture_output=True, text=True, check=True).stdout.strip()

    assert read_settings({"COLLECTOR_ADMIN_TOKEN": made}).admin_token == made


def test_rounds_by_a_timer_are_installed_as_told(tmp_path):
    (tmp_path / "hostagent.yaml").write_text("codex: {bin: /bin/true}")
    (tmp_path / "accounts.json").write_text('{"accounts": [{"label": "acc1"}]}')
    (tmp_path / "collector.token").write_text("csfa_x")
    (tmp_path / "systemctl").write_text("#!/bin/sh\necho offline\n")
    (tmp_path / "systemctl").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{PROGRAMS}:/usr/bin:/bin", "HOME": str(tmp_path)}

    subprocess.run(["sh", "-c", TIMER], cwd=tmp_path, env=environment, check=True, capture_output=True)

    assert {path.suffix for path in (tmp_path / ".config/systemd/user").iterdir()} == {".service", ".timer"}


@pytest.mark.parametrize("block", [NAME, CADDY_OF_A_LAN], ids=["public", "lan"])
def test_the_caddyfile_with_another_name_is_one(tmp_path, block):
    caddy = find_proxy("caddy") or real_part_is_missing("caddy")
    file = tmp_path / "Caddyfile"
    file.write_text(written(block))

    adapted = subprocess.run([caddy, "adapt", "--config", file], capture_output=True, text=True, check=True).stdout

    assert "fleet.lan" in adapted
    assert "fleet.example.com" not in adapted
    assert ('"module":"internal"' in adapted) is (block == CADDY_OF_A_LAN)


def test_the_nginx_conf_with_another_name_has_it_everywhere():
    assert "fleet.example.com" not in written(NGINX)
    assert written(NGINX).count("fleet.lan") == (ROOT / "deploy/nginx.conf").read_text().count("fleet.example.com")


def written(block: str) -> str:
    """What the block's sed writes for a proxy."""
    [line] = [line for line in block.splitlines() if "sudo tee" in line]
    command = line.partition("| sudo tee")[0].replace("/opt/codex-status-fleet", str(ROOT))
    return subprocess.run(
        ["sh", "-ec", command], cwd=ROOT, env={"DOMAIN": "fleet.lan", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def test_the_scrape_configuration_is_yaml():
    [block] = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)

    [job] = yaml.safe_load(block)["scrape_configs"]
    assert job["scheme"] == "https"
