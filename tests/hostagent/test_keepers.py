"""Installing for the whole system, and with launchd: by the functions behind the verbs, into a folder of the test."""

import json
import os
from pathlib import Path

import pytest

from hostagent.commands.install_service import install_service, uninstall_service
from hostagent.config import Config, read_config
from hostagent.services.launchd import LABEL, Launchd
from hostagent.services.service import Service, plan_service
from hostagent.services.systemd import Systemd
from hostagent.services.systemd_units import NAME

# A service that is told to end is known for a while longer.
LAUNCHCTL = """\
#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >>orders
case "$1 $2" in
    bootstrap*) echo running >service ;;
    bootout*) echo ending >service; exit 36 ;;
    print*hostagent)
        state=$(cat service 2>/dev/null)
        if [ "$state" = ending ]; then rm service; fi
        echo $state ;;
    print*) echo "$2" ;;
esac
"""


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    """A host whose files are somebody else's, where only root can see to that."""
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / "hostagent.yaml").write_text(json.dumps({"codex": {"bin": "/bin/true"}}))
    (folder / "accounts.json").write_text('{"accounts": [{"label": "acc1"}]}')
    (folder / "collector.token").touch(0o600)
    (folder / "collector.token").write_text("csfa_x")
    if os.geteuid() == 0:
        os.chown(folder / "collector.token", 1, 1)
    return read_config(folder / "hostagent.yaml")[0]


def planned(config: Config) -> Service:
    return plan_service(*read_config(config.path), is_timer=False)


def put_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_the_folders_that_a_service_of_the_system_needs_are_its_user_s(tmp_path, settings, monkeypatch):
    put_on_path(tmp_path, monkeypatch, "systemctl", "#!/bin/sh\necho offline\n")
    service = planned(settings)

    done = install_service(settings, service, Systemd(True, tmp_path / "etc/systemd/system"))

    assert [path.name for path in done.files] == [f"{NAME}.service"]
    made = [settings.accounts_dir, settings.state_dir, settings.state_dir.parent]
    assert {(path.stat().st_uid, path.stat().st_mode & 0o777) for path in made} == {(service.owner.pw_uid, 0o700)}
    assert service.owner.pw_uid == settings.token_file.stat().st_uid
    assert list(done.commands_left) == [
        ("systemctl", "daemon-reload"),
        ("systemctl", "enable", "--now", f"{NAME}.service"),
    ]


def test_launchd_has_let_the_old_service_go_before_the_new_one_comes(tmp_path, settings, monkeypatch):
    programs = put_on_path(tmp_path, monkeypatch, "launchctl", LAUNCHCTL)
    launchd, domain = Launchd(False, tmp_path / "LaunchAgents"), f"gui/{os.getuid()}"
    file = tmp_path / f"LaunchAgents/{LABEL}.plist"

    first = install_service(settings, planned(settings), launchd)
    second = install_service(settings, planned(settings), launchd)

    assert (first.files, first.commands_left, first.is_replacing) == ([file], [], False)
    assert second.is_replacing
    orders = (programs / "orders").read_text().splitlines()
    changes = [order for order in orders if not order.startswith("print")]
    bootstrap = f"bootstrap {domain} {file}"
    assert changes == [bootstrap, f"bootout {domain}/{LABEL}", bootstrap]
    ended = orders.index(f"bootout {domain}/{LABEL}")
    assert orders[ended + 1 : ended + 3] == [f"print {domain}/{LABEL}"] * 2, "asked until it is gone"
    assert uninstall_service(launchd) == [file]
    assert not file.exists()
