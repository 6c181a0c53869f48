"""compose.yaml and the settings beside it, read by docker compose itself."""

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
from conftest import ROOT, real_part_is_missing
from deploy_readme import COMPOSE
from programs import PROGRAMS

DEPLOY = ROOT / "deploy"
PROFILES = ("--profile", "postgres", "--profile", "agent")


@pytest.fixture
def compose() -> str:
    program = shutil.which("docker-compose", path=f"{PROGRAMS}:{os.environ['PATH']}")
    if program is None:
        real_part_is_missing("docker compose")
    return program


def read(compose: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [compose, "--file", DEPLOY / "compose.yaml", *options, "config", "--format", "json"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )


def services(compose: str, *options: str) -> dict[str, Any]:
    done = read(compose, "--env-file", str(DEPLOY / "compose.env.example"), *options)
    # With the example's settings nothing is left to warn about.
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)["services"]


def test_compose_takes_the_file_with_and_without_its_profiles(compose):
    assert set(services(compose)) == {"collector", "proxy"}
    assert set(services(compose, *PROFILES)) == {"collector", "proxy", "postgres", "agent"}


def test_without_a_domain_it_says_what_to_do(compose):
    done = read(compose, "--env-file", "/dev/null")

    assert done.returncode != 0
    assert "copy compose.env.example to .env" in done.stderr


def test_what_people_type_first_makes_settings_that_compose_takes(compose, tmp_path):
    for file in ("compose.yaml", "compose.env.example"):
        shutil.copy(DEPLOY / file, tmp_path)
    make_settings = [line for line in COMPOSE.splitlines() if "docker" not in line]

    subprocess.run(["sh", "-ec", "\n".join(make_settings)], cwd=tmp_path, env={"DOMAIN": "fleet.lan"}, check=True)

    done = subprocess.run(
        [compose, "config", "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    collector = json.loads(done.stdout)["services"]["collector"]
    assert collector["environment"]["COLLECTOR_PUBLIC_URL"] == "https://fleet.lan"


def test_every_variable_is_explained_in_the_example_and_no_other():
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))

    assert used == explained("compose.env.example")


def test_every_setting_of_the_collector_is_explained_beside_its_unit():
    read_there = set(re.findall(r'"((?:COLLECTOR_|DATABASE_)\w+)"', (ROOT / "collector/settings.py").read_text()))
    # Set by the unit itself, or for a show of pretend accounts.
    read_there -= {"COLLECTOR_DATA_DIR", "COLLECTOR_DEMO"}

    assert read_there | {"COLLECTOR_ADMIN_TOKEN_FILE"} == explained("collector.env.example")


def test_containers_cannot_write_but_where_they_keep_things_and_open_no_port_but_the_proxys(compose):
    found = services(compose, *PROFILES)

    for name in ("collector", "proxy", "agent"):
        assert (found[name]["read_only"], found[name]["cap_drop"]) == (True, ["ALL"])
    assert {name for name, service in found.items() if "ports" in service} == {"proxy"}
    assert "docker.sock" not in (DEPLOY / "compose.yaml").read_text()


def test_the_agents_image_carries_the_codex_that_setup_installs():
    pinned = (ROOT / "scripts/codex-versions").read_text().splitlines()[1]

    package = json.loads((DEPLOY / "codex/package.json").read_text())
    lock = json.loads((DEPLOY / "codex/package-lock.json").read_text())["packages"]
    assert package["dependencies"] == {"@openai/codex": pinned}
    assert lock["node_modules/@openai/codex"]["version"] == pinned
    assert all("integrity" in entry for path, entry in lock.items() if path)


@pytest.mark.parametrize("name", ["collector", "hostagent", "build"])
def test_the_images_have_the_versions_that_the_tests_have(name):
    versions = pins("deploy/requirements/" + name + ".txt")

    assert versions.items() <= pins("requirements-dev.txt").items()
    assert versions


def pins(file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / file).read_text(), re.MULTILINE))


def explained(example: str) -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", (DEPLOY / example).read_text(), re.MULTILINE))
