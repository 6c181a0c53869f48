"""`hostagent login` with the real codex and the fake issuer."""

import json
import re
from pathlib import Path

from hostagent.codex_home import read_identity


def email_of(home: Path) -> str:
    return read_identity(home).email or ""


def test_a_new_account_is_logged_in_by_a_code(host, upstream):
    home = host.add_account("acc1", expected_email="a1@example.com")
    upstream.device_login.approved = upstream.add_account("A1", email="a1@example.com")

    done = host.run("login", "acc1")

    assert done.returncode == 0, done.stderr
    assert re.search(rf"Open {upstream.base_url}/codex/device and type the code \S+ ", done.stdout)
    assert "acc1: logged in as a1@example.com" in done.stdout
    assert (home / "auth.json").stat().st_mode & 0o777 == 0o600
    assert host.run("probe", "acc1").returncode == 0


def test_the_email_names_the_account_as_well(host, upstream):
    host.add_account("acc1", expected_email="a1@example.com")
    upstream.device_login.approved = upstream.add_account("A1", email="A1@Example.com")

    assert host.run("login", "a1@example.com").returncode == 0


def test_the_wrong_account_is_refused_and_the_old_login_untouched(host, upstream):
    home = host.add_account("acc1", upstream.add_account("A1", email="a1@example.com"), expected_email="a1@example.com")
    before = (home / "auth.json").read_bytes()
    upstream.device_login.approved = upstream.add_account("B", email="b@example.com")

    done = host.run("login", "acc1")

    assert done.returncode == 77
    assert "expected a1@example.com, but b@example.com logged in" in done.stderr
    assert (home / "auth.json").read_bytes() == before
    assert upstream.seen("/oauth/revoke") == []
    assert host.run("probe", "acc1").returncode == 0
    assert leftovers(home) == []


def test_another_account_is_taken_when_the_person_says_so(host, upstream):
    home = host.add_account("acc1", upstream.add_account("A1"), expected_email="a1@example.com")
    upstream.device_login.approved = upstream.add_account("B", email="b@example.com")

    done = host.run("login", "acc1", "--accept")

    assert done.returncode == 0
    assert email_of(home) == "b@example.com"


def test_a_denied_login_leaves_the_old_one(host, upstream):
    home = host.add_account("acc1", upstream.add_account("A1"))
    before = (home / "auth.json").read_bytes()
    upstream.device_login.denied_status = 410

    done = host.run("login", "acc1")

    assert done.returncode == 77
    assert "the login did not come about" in done.stderr
    assert (home / "auth.json").read_bytes() == before
    assert leftovers(home) == []


def test_an_abandoned_login_leaves_the_old_one(host, upstream):
    home = host.add_account("acc1", upstream.add_account("A1"))
    before = (home / "auth.json").read_bytes()
    agent = host.start("login", "acc1")
    upstream.wait_for("POST /api/accounts/deviceauth/token")

    agent.terminate()

    agent.communicate(timeout=60)
    assert agent.returncode == 75
    assert (home / "auth.json").read_bytes() == before
    assert leftovers(home) == []


def test_an_unreachable_issuer_is_said_plainly(host, upstream):
    host.add_account("acc1")
    issuer = dict.fromkeys(upstream.codex_env(), "http://127.0.0.1:9")
    host.settings["codex"] = {"bin": str(host.codex), "env": issuer}

    done = host.run("login", "acc1")

    assert done.returncode == 77
    assert "the login service could not be reached" in done.stderr


def test_a_claude_account_has_a_key_and_no_login(host):
    host.add_account("claude", provider="anthropic")

    assert host.run("login", "claude").returncode == 64


def test_the_login_waits_for_a_running_probe(host, upstream):
    login = upstream.add_account("A1", email="a1@example.com")
    home = host.add_account("acc1", login)
    upstream.seed_home(login, home, expires_in_seconds=-60)
    login.refresh_reply_delay_seconds = 4
    upstream.device_login.approved = login
    probe = host.start("probe", "acc1")
    upstream.wait_for("POST /oauth/token")

    done = host.run("login", "acc1")

    probe.communicate(timeout=60)
    assert (probe.returncode, done.returncode) == (0, 0)
    fresh = json.loads((home / "auth.json").read_text())["tokens"]["refresh_token"]
    assert host.run("probe", "acc1").returncode == 0
    assert json.loads((home / "auth.json").read_text())["tokens"]["refresh_token"] == fresh


def leftovers(home: Path) -> list[str]:
    return [path.name for path in home.parent.iterdir() if path.name != ".codex"]


def test_the_ways_to_log_in_exclude_each_other(host):
    host.add_account("acc1")

    assert host.run("login", "acc1", "--device-auth", "--browser").returncode == 64
