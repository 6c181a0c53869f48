"""install-service, uninstall-service and logs as they are typed, with a systemctl that notes its orders."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes.chatgpt import FakeChatGPT, usage
from programs import PROGRAMS, Host
from terminal import hostagent, mode
from units import command, environment, printed_files

from hostagent import cli
from hostagent.services.systemd_units import NAME
from hostagent.state_locks import only_agent

SERVICE, TIMER = f"{NAME}.service", f"{NAME}.timer"
SYSTEMCTL = """\
#!/bin/sh
echo "$*" >>"$(dirname "$0")/orders"
case "$*" in
    *is-system-running) echo "${SYSTEMD:-running}" ;;
    *is-active*) echo active ;;
    *is-failed*) echo failed ;;
    *enable*) exit "${ENABLED:-0}" ;;
esac
"""


@dataclass
class Machine:
    """A host's folder, which is its user's home too, on a machine with this systemctl."""

    folder: Path
    programs: Path

    def type(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.programs}:{os.environ['PATH']}"
        return hostagent(self.folder, *arguments, environment={"PATH": path, **environment})

    @property
    def orders(self) -> list[str]:
        """What systemctl was told, without the questions, since the last time."""
        file = self.programs / "orders"
        told = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [order.removeprefix("--user ") for order in told if " is-" not in order]

    @property
    def units(self) -> dict[str, Path]:
        return {path.name: path for path in self.folder.glob(".config/systemd/user/*")}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    folder, programs = tmp_path / "host", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    (folder / "hostagent.yaml").touch()
    (folder / "accounts.json").write_text('{"accounts": [{"label": "acc1"}]}')
    (folder / "collector.token").write_text("csfa_x")
    for name, text in {"systemctl": SYSTEMCTL, "journalctl": '#!/bin/sh\necho journalctl "$@"\n', "codex": ""}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return Machine(folder, programs)


def test_a_round_as_the_unit_has_it_reaches_the_collector(tmp_path, upstream: FakeChatGPT, codex, collector):
    # Everything that means something to systemd or to a shell.
    folder = tmp_path / "a \"b\" 'c' 100%n $HOME \\x41"
    for program, target in {"bin/hostagent": PROGRAMS / "hostagent", "codex bin/codex": codex}.items():
        (folder / program).parent.mkdir(parents=True)
        (folder / program).symlink_to(target)
    host = Host(folder, upstream, codex, {"codex": {"env": upstream.codex_env()}})
    host.join(collector)
    host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    host.write_files()
    path = f"{folder}/codex bin:{os.environ['PATH']}"
    printed = subprocess.run(
        [folder / "bin/hostagent", "install-service", "--print", "--timer"],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    unit = printed_files(printed.stdout)[SERVICE]

    done = subprocess.run(command(unit), env=environment(unit), cwd="/", capture_output=True, text=True, check=False)

    assert (done.returncode, "1 snapshot delivered" in done.stderr) == (0, True), done.stderr
    assert collector.latest()["acc1"]["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 42
    assert environment(unit)["PATH"].startswith(f"{folder}/codex bin:")


def test_a_service_is_installed_replaced_and_removed(machine):
    daemon = machine.type("install-service", "--user")

    assert daemon.returncode == 0, daemon.stderr
    assert "Installing for this user" in daemon.stderr
    assert "loginctl enable-linger" in daemon.stdout
    assert {name: mode(path) for name, path in machine.units.items()} == {SERVICE: 0o644}
    assert machine.orders == ["daemon-reload", f"enable --now {SERVICE}"]
    assert mode(machine.folder / "data/hostagent") == 0o700

    timer = machine.type("install-service", "--user", "--timer")

    assert f"{TIMER}: replaced" in timer.stdout
    assert set(machine.units) == {SERVICE, TIMER}
    assert "run --once" in machine.units[SERVICE].read_text()
    ended = [f"disable {SERVICE}", f"stop {SERVICE}", f"reset-failed {SERVICE}", "daemon-reload"]
    assert machine.orders == [*ended, "daemon-reload", f"enable --now {TIMER}"]

    removed = machine.type("uninstall-service", "--user")

    assert removed.stdout.count(": removed\n") == 2
    assert machine.units == {}
    assert machine.orders[0] == f"disable {TIMER} {SERVICE}"
    again = machine.type("uninstall-service", "--user")
    assert (again.returncode, again.stdout) == (0, "No service is installed for this user.\n")
    assert machine.orders == []


def test_where_systemd_does_not_run_it_says_what_to_type_later(machine):
    done = machine.type("install-service", "--user", SYSTEMD="offline")

    assert done.returncode == 0
    assert f"  systemctl --user enable --now {SERVICE}\n" in done.stdout
    assert set(machine.units) == {SERVICE}
    assert machine.orders == []
    assert machine.type("uninstall-service", "--user", SYSTEMD="offline").returncode == 0
    assert (machine.units, machine.orders) == ({}, [])


def test_an_order_that_systemd_refuses_is_named(machine):
    done = machine.type("install-service", "--user", ENABLED="1")

    assert done.returncode == 71
    assert f"failed (see above): systemctl --user enable --now {SERVICE}" in done.stderr


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("hostagent.yaml", "interval: 5", "interval: is not known here"),
        ("accounts.json", '{"accounts": []}', "names no account"),
        ("collector.token", "", "holds no token"),
    ],
)
def test_a_broken_file_is_refused_before_anything_is_changed(machine, file, text, sentence):
    machine.type("install-service", "--user")
    before = {path: path.read_text() for path in machine.units.values()}
    assert machine.orders
    (machine.folder / file).write_text(text)

    done = machine.type("install-service", "--user", "--timer")

    assert (done.returncode, sentence in done.stderr) == (78, True), done.stderr
    assert {path: path.read_text() for path in machine.units.values()} == before
    assert machine.orders == []
    assert machine.type("uninstall-service", "--user").returncode == 0, "that needs no settings"


def test_a_second_agent_is_not_installed_beside_one_that_runs(machine):
    with only_agent(machine.folder / "data/hostagent"):
        done = machine.type("install-service", "--user")

    assert (done.returncode, "scripts/down.sh" in done.stderr) == (75, True)
    assert machine.units == {}


def test_what_this_machine_has_not_is_only_printed(machine):
    done = machine.type("install-service", "--user", "--for", "launchd")
    without_systemd = hostagent(machine.folder, "install-service", "--user", environment={"PATH": str(PROGRAMS)})

    assert (done.returncode, "--for goes with --print" in done.stderr) == (64, True)
    assert (without_systemd.returncode, "systemd is not on this machine" in without_systemd.stderr) == (64, True)
    assert machine.units == {}


def test_for_the_system_one_has_to_be_root(machine, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", f"{machine.programs}:{os.environ['PATH']}")

    with pytest.raises(SystemExit) as ended:
        cli.main(["install-service", "--system", "--timer", "--config", str(machine.folder / "hostagent.yaml")])

    assert ended.value.code == 64
    sentence = capsys.readouterr().err
    assert "--system needs root; type: sudo /" in sentence
    assert sentence.endswith(f"install-service --timer --config {machine.folder}/hostagent.yaml\n")


def test_no_secret_gets_into_a_unit(machine):
    (machine.folder / "collector.token").write_text("csfa_canarycanarycanary")
    proxies = {"HTTPS_PROXY": "http://me:canary@proxy.example.com", "NO_PROXY": "127.0.0.1"}

    done = machine.type("install-service", "--user", **proxies)

    unit = machine.units[SERVICE].read_text()
    assert "Environment=NO_PROXY=127.0.0.1\n" in unit
    assert "HTTPS_PROXY seems to hold a password" in done.stderr
    assert "canary" not in unit + done.stdout + done.stderr


def test_logs_are_those_of_the_unit_that_runs_with_these_settings(machine):
    machine.type("install-service", "--user")
    (machine.folder / "other.yaml").touch()

    ours = machine.type("logs", "-f", "--lines", "7")
    other = machine.type("logs", "--config", "other.yaml")

    assert ours.stdout == f"journalctl --no-pager --lines=7 --user-unit={NAME} --follow\n"
    assert (other.returncode, "nothing keeps what the agent says" in other.stderr) == (64, True)


def test_logs_are_in_the_state_folder_where_no_unit_keeps_them(machine):
    file = machine.folder / "data/hostagent/hostagent.log"
    file.parent.mkdir(parents=True)
    file.write_text("".join(f"line {number}\n" for number in range(100)))

    assert machine.type("logs", "-n", "2").stdout == "line 98\nline 99\n"
    assert machine.type("logs").stdout.count("\n") == 50
    assert machine.type("logs", "-n", "some").returncode == 64


def test_logs_are_followed_into_the_next_file(machine):
    """As after scripts/up.sh, which puts the log of the last time aside."""
    file = machine.folder / "data/hostagent/hostagent.log"
    file.parent.mkdir(parents=True)
    file.write_text("first\n")
    following = subprocess.Popen(
        [PROGRAMS / "hostagent", "logs", "-f"], cwd=machine.folder, stdout=subprocess.PIPE, text=True
    )
    assert following.stdout is not None
    assert following.stdout.readline() == "first\n"

    file.rename(f"{file}.1")
    file.write_text("second\n")

    assert following.stdout.readline() == "second\n"
    following.terminate()
    following.communicate(timeout=10)
