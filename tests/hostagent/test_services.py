"""What systemd and launchd are told: units that systemd takes, and the same for launchd."""

import dataclasses
import json
import os
import plistlib
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import real_part_is_missing
from programs import PROGRAMS
from units import command, environment, setting, words

from hostagent.config import read_config
from hostagent.errors import ConfigError
from hostagent.services.launchd import LABEL, property_list
from hostagent.services.service import Service, plan_service
from hostagent.services.systemd_units import NAME, units

SERVICE, TIMER = f"{NAME}.service", f"{NAME}.timer"
# Everything that means something to systemd or to a shell.
ODD_NAMES = ["a \"b\" 'c' 100%n $HOME \\x41", "テスト $HOME 100%n"]


def planned(folder: Path, *, is_timer: bool = False, **settings: object) -> Service:
    """The service of a host in that folder, with a hostagent in there too."""
    (folder / "hostagent.yaml").write_text(json.dumps(settings))
    if not (folder / "accounts.json").exists():
        (folder / "accounts.json").write_text('{"accounts": [{"label": "acc1"}]}')
    service = plan_service(*read_config(folder / "hostagent.yaml"), is_timer=is_timer)
    if not (folder / "hostagent").is_symlink():
        (folder / "hostagent").symlink_to(PROGRAMS / "hostagent")
    arguments = service.command[list(service.command).index("run") :]
    return dataclasses.replace(service, command=[str(folder / "hostagent"), *arguments])


@pytest.fixture
def systemd_analyze() -> str:
    program = shutil.which("systemd-analyze")
    if not program:
        real_part_is_missing("systemd-analyze")
    return program


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("is_timer", [False, True])
@pytest.mark.parametrize("is_system", [False, True])
def test_systemd_takes_every_unit_without_a_word(systemd_analyze, tmp_path, name, is_timer, is_system):
    (tmp_path / name).mkdir()
    made = units(planned(tmp_path / name, is_timer=is_timer), is_system=is_system)
    for unit, text in made.items():
        (tmp_path / unit).write_text(text)

    verified = subprocess.run(
        [
            systemd_analyze,
            "--system" if is_system else "--user",
            "verify",
            "--recursive-errors=yes",
            *(tmp_path / unit for unit in made),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (verified.returncode, verified.stderr) == (0, "")
    assert set(made) == ({SERVICE, TIMER} if is_timer else {SERVICE})


def test_the_timer_keeps_the_interval_of_the_settings(tmp_path):
    made = units(planned(tmp_path, is_timer=True, poll_interval_sec=45), is_system=True)

    assert setting(made[TIMER], "OnUnitInactiveSec") == ["45s"]
    assert setting(made[TIMER], "RandomizedDelaySec") == ["4s"]


@pytest.mark.parametrize("is_timer", [False, True])
def test_a_codex_that_renews_its_tokens_is_never_told_to_end_by_systemd(tmp_path, is_timer):
    unit = units(planned(tmp_path, is_timer=is_timer), is_system=True)[SERVICE]

    assert setting(unit, "KillMode") == ["process"]
    # 40 s for a refresh, 5 s after SIGTERM, 20 s for the last delivery.
    assert int(setting(unit, "TimeoutStopSec")[0]) > 65


def test_what_a_person_has_to_mend_is_not_tried_again(tmp_path):
    daemon = units(planned(tmp_path), is_system=True)[SERVICE]
    round_ = units(planned(tmp_path, is_timer=True), is_system=True)[SERVICE]

    assert setting(daemon, "RestartPreventExitStatus") == ["64 78"]
    assert setting(round_, "SuccessExitStatus") == ["69 75"]


def test_a_unit_of_the_system_may_write_the_accounts_and_the_state_alone(tmp_path):
    (tmp_path / "link").symlink_to("elsewhere")
    (tmp_path / "accounts.json").write_text('{"accounts": [{"label": "a"}, {"label": "b", "home": "link/.codex"}]}')

    unit = units(planned(tmp_path, state_dir="state"), is_system=True)[SERVICE]

    expected = [f"-{tmp_path / name}" for name in ("accounts", "state", "elsewhere/.codex")]
    assert words(setting(unit, "ReadWritePaths")[0]) == expected
    assert setting(unit, "ProtectSystem") == ["strict"]


def test_homes_and_tmp_are_out_of_sight_unless_something_needed_is_there(tmp_path):
    service = planned(tmp_path)
    elsewhere = dataclasses.replace(service, needed=[Path("/srv/fleet"), Path("/usr")])
    at_home = dataclasses.replace(service, needed=[Path("/srv/fleet"), Path("/home/me/.codex")])

    seen = [
        setting(units(each, is_system=True)[SERVICE], name)[0]
        for each in (elsewhere, at_home, service)
        for name in ("ProtectHome", "PrivateTmp")
    ]

    assert seen[:4] == ["yes", "yes", "read-only", "yes"]
    assert seen[5] == "no", "the settings are in /tmp"


def test_a_unit_of_the_system_runs_as_the_user_whose_files_they_are(tmp_path):
    owner = make_somebody_else_s(tmp_path)

    assert setting(units(planned(tmp_path), is_system=True)[SERVICE], "User") == [owner]
    assert setting(units(planned(tmp_path), is_system=False)[SERVICE], "User") == []


def make_somebody_else_s(folder: Path) -> str:
    """Whose it is then; only root can give it to somebody else."""
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, 1, 1)
    return pwd.getpwuid(folder.stat().st_uid).pw_name


def test_files_of_several_users_are_refused_with_their_names(tmp_path):
    accounts_dir, token_file = tmp_path / "accounts", tmp_path / "token"
    owner = make_somebody_else_s(accounts_dir)
    # Not everybody can give a file away, but everybody can name one of root's.
    token_file.touch() if os.geteuid() == 0 else token_file.symlink_to("/etc/passwd")

    with pytest.raises(ConfigError, match=f"several users.*{accounts_dir} is {owner}'s"):
        planned(tmp_path, token_file="token")


@pytest.mark.parametrize(
    ("accounts", "settings", "sentence"),
    [
        ("[]", {}, "names no account"),
        ('[{"label": "a"}]', {"codex": {"bin": "codex-that-is-not-there"}}, "codex is not on this PATH"),
        ('[{"label": "a"}]', {"accounts_dir": "line\nbreak"}, "rename it"),
    ],
)
def test_what_cannot_work_as_a_service_is_refused(tmp_path, accounts, settings, sentence):
    (tmp_path / "accounts.json").write_text(f'{{"accounts": {accounts}}}')

    with pytest.raises(ConfigError, match=sentence):
        planned(tmp_path, **settings)


def test_a_host_with_keys_alone_needs_no_codex(tmp_path):
    (tmp_path / "accounts.json").write_text('{"accounts": [{"label": "a", "provider": "anthropic"}]}')

    service = planned(tmp_path, codex={"bin": "codex-that-is-not-there"})

    assert service.environment["PATH"] == "/usr/local/bin:/usr/bin:/bin"


@pytest.mark.parametrize("is_timer", [False, True])
@pytest.mark.parametrize("is_system", [False, True])
def test_launchd_is_told_the_same_as_systemd(tmp_path, is_timer, is_system):
    service = planned(tmp_path, is_timer=is_timer, poll_interval_sec=45)
    unit = units(service, is_system=is_system)[SERVICE]

    keys = plistlib.loads(property_list(service, is_system=is_system).encode())

    assert (keys["Label"], keys["RunAtLoad"], keys["ProcessType"]) == (LABEL, True, "Background")
    assert (keys["ProgramArguments"], keys["EnvironmentVariables"]) == (command(unit), environment(unit))
    assert (keys.get("StartInterval"), keys.get("KeepAlive")) == (
        (45, None) if is_timer else (None, {"SuccessfulExit": False})
    )
    assert [keys["UserName"]] == setting(unit, "User") if is_system else "UserName" not in keys
    assert (keys["ExitTimeOut"], keys["Umask"]) == (100, 0o077)
    assert keys["StandardErrorPath"] == str(tmp_path / "data/hostagent/hostagent.log")
