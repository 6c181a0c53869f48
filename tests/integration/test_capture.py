"""`hostagent capture`: a login that codex has elsewhere is taken over, and there is never a second one."""

import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import codex_program, real_part_is_missing
from disks import can_make_disks, small_disk
from terminal import hostagent, mode

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def dot_codex(host, upstream) -> Path:
    """A person's own ~/.codex, logged in as you@example.com."""
    home = host.folder / ".codex"
    upstream.seed_home(upstream.add_account("A1", email="you@example.com"), home)
    host.write_files()
    return home


def entries(host) -> list[dict[str, object]]:
    return json.loads((host.folder / "accounts.json").read_text())["accounts"]


def test_a_login_is_moved_into_a_new_account_and_works_there_alone(host, dot_codex):
    login = (dot_codex / "auth.json").read_bytes()

    done = hostagent(host.folder, "capture", "--expected-plan-type", "Plus", "--yes")

    assert done.returncode == 0, done.stderr
    home = host.home("acc_you_example.com")
    assert entries(host) == [{"label": "acc_you_example.com", "expected_email": "you@example.com"}]
    assert ((home / "auth.json").read_bytes(), mode(home / "auth.json"), mode(home)) == (login, 0o600, 0o700)
    assert not (dot_codex / "auth.json").exists()
    assert hostagent(host.folder, "probe", "acc_you_example.com").returncode == 0
    host.accounts = [*entries(host), {"label": "old", "home": ".codex"}]
    host.write_files()
    assert hostagent(host.folder, "probe", "old").returncode == 77


def test_an_account_that_expects_this_email_gets_the_login(host, dot_codex):
    host.add_account("acc1", expected_email="You@example.com", note="mine")
    host.write_files()

    assert hostagent(host.folder, "capture", "--yes").returncode == 0

    assert entries(host) == [{"label": "acc1", "expected_email": "You@example.com", "note": "mine"}]
    assert (host.home("acc1") / "auth.json").exists()


def test_nobody_is_asked_without_a_terminal_and_nothing_moves(host, dot_codex):
    done = hostagent(host.folder, "capture", typed="y\n")

    assert done.returncode == 64
    assert "Move the login of you@example.com from" in done.stderr
    assert "add --yes" in done.stderr
    assert (dot_codex / "auth.json").exists()
    assert entries(host) == []


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--expected-email", "b@example.com"], 77, "expected the e-mail b@example.com, but this login says you@"),
        (["--expected-plan-type", "pro"], 77, "expected the plan pro, but this login says plus"),
        (["full"], 64, "hostagent login full"),
        (["other"], 77, "expected the e-mail other@example.com"),
        (["claude"], 64, "has a key, no login"),
        (["--from", "nowhere"], 64, "holds no auth.json"),
        (["--from", "accounts/full/.codex"], 64, "already; see: hostagent accounts"),
        (["--from", "elsewhere"], 64, "is the home of far already"),
        (["no label"], 64, "say which account this is"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_moves(host, upstream, dot_codex, arguments, status, sentence):
    host.add_account("full", upstream.add_account("F"))
    host.add_account("other", expected_email="other@example.com")
    host.accounts += [{"label": "claude", "provider": "anthropic"}, {"label": "far", "home": "elsewhere"}]
    upstream.seed_home(upstream.add_account("E"), host.folder / "elsewhere")
    host.write_files()
    before = {path: path.read_bytes() for path in host.folder.rglob("*.json")}

    done = hostagent(host.folder, "capture", *arguments, "--yes")

    assert (done.returncode, sentence in done.stderr) == (status, True), done.stderr
    assert {path: path.read_bytes() for path in host.folder.rglob("*.json")} == before


def test_a_login_of_nobody_and_a_linked_one_are_refused(host, dot_codex):
    (dot_codex / "auth.json").rename(host.folder / "real.json")
    (dot_codex / "auth.json").symlink_to(host.folder / "real.json")
    assert "is a link" in hostagent(host.folder, "capture", "--yes").stderr
    (dot_codex / "auth.json").unlink()
    (dot_codex / "auth.json").write_text('{"OPENAI_API_KEY": "sk-canarycanary"}')

    done = hostagent(host.folder, "capture", "--yes")

    assert done.returncode == 64
    assert "holds no ChatGPT login" in done.stderr
    assert "canary" not in done.stderr


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    if can_make_disks():
        with small_disk(tmp_path / "disk") as disk:
            yield disk
    elif SHARED_MEMORY.is_dir() and SHARED_MEMORY.stat().st_dev != tmp_path.stat().st_dev:
        with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as folder:
            yield Path(folder)
    else:
        real_part_is_missing("a second disk")


def test_a_login_on_another_disk_is_moved_as_well(host, upstream, other_disk):
    host.write_files()
    upstream.seed_home(upstream.add_account("A1", email="you@example.com"), other_disk)

    done = hostagent(host.folder, "capture", "--from", str(other_disk), "--yes")

    assert done.returncode == 0, done.stderr
    assert not (other_disk / "auth.json").exists()
    assert mode(host.home("acc_you_example.com") / "auth.json") == 0o600


def test_a_running_probe_of_the_old_home_is_waited_for(host, upstream):
    login = upstream.add_account("A1", email="you@example.com")
    home = host.folder / ".codex"
    upstream.seed_home(login, home, expires_in_seconds=-60)
    login.refresh_reply_delay_seconds = 4
    host.accounts.append({"label": "old", "home": ".codex"})
    host.write_files()
    probe = threading.Thread(target=hostagent, args=(host.folder, "probe", "old"))
    probe.start()
    upstream.wait_for("POST /oauth/token")
    (host.folder / "accounts.json").write_text('{"accounts": []}')

    # The probe renews the login while it is being taken over, so it is another file by the time the lock is free.
    done = hostagent(host.folder, "capture", "--yes")

    probe.join()
    assert done.returncode == 0, done.stderr
    assert login.reused_refresh_tokens == 0
    assert hostagent(host.folder, "probe", "acc_you_example.com").returncode == 0


def test_a_login_can_stay_where_it_is(host, dot_codex):
    done = hostagent(host.folder, "capture", "mine", "--in-place")

    assert done.returncode == 0, done.stderr
    assert entries(host) == [{"label": "mine", "expected_email": "you@example.com", "home": str(dot_codex)}]
    assert (dot_codex / "auth.json").exists()
    assert not (host.folder / "accounts").exists()
    assert hostagent(host.folder, "probe", "mine").returncode == 0


def test_a_login_does_not_stay_where_an_old_codex_works(host, dot_codex):
    host.codex = codex_program("0.63.0")
    host.write_files()

    done = hostagent(host.folder, "capture", "--in-place")

    assert done.returncode == 78
    assert "codex 0.63.0 cannot share a home with others" in done.stderr
    assert entries(host) == []
