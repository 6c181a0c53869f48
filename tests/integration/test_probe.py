"""`hostagent probe` with the real codex."""

import json
import shutil

import pytest
from fakes.chatgpt import Fault, usage


def test_a_reading_is_one_json_document(host, upstream):
    host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42, weekly=7)))

    done = host.run("probe", "acc1", "--json")

    assert done.returncode == 0, done.stderr
    snapshot = json.loads(done.stdout)
    windows = snapshot["parsed"]["normalized"]["windows"]
    assert {name: window["usedPercent"] for name, window in windows.items()} == {"5h": 42, "weekly": 7}
    assert snapshot["raw"]["rateLimits"]["planType"] == "plus"


def test_a_reading_is_shown_with_what_is_left_and_when_it_resets(host, upstream):
    host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42, weekly=7)))

    done = host.run("probe", "acc1")

    assert done.returncode == 0
    first, five_hour, weekly = done.stdout.splitlines()
    assert first == "acc1  codex  plus  A1@example.com"
    assert five_hour.startswith("  5h        58 % left   42 % used  resets in ")
    assert weekly.startswith("  weekly    93 % left    7 % used  resets in ")


def test_a_home_without_login_asks_for_one(host):
    host.add_account("acc1")

    done = host.run("probe", "acc1")

    assert done.returncode == 77
    assert "next: hostagent login acc1" in done.stdout


def test_a_login_that_ended_for_good_asks_for_a_new_one(host, upstream):
    login = upstream.add_account("A1")
    home = host.add_account("acc1", login)
    upstream.seed_home(login, home, expires_in_seconds=-60)
    login.refresh_mode = "expired"

    done = host.run("probe", "acc1", "--json")

    assert done.returncode == 77
    assert json.loads(done.stdout)["error"] == {
        "code": "login_expired",
        "message": "the login has expired and could not be renewed (HTTP 401)",
    }


def test_an_upstream_failure_says_nothing_of_the_upstreams_words(host, upstream):
    login = upstream.add_account("A1")
    host.add_account("acc1", login)
    login.faults["usage"] = Fault(status=500, body="secret-body you@example.com /home/me")

    done = host.run("probe", "acc1", "--json")

    assert done.returncode == 75
    assert json.loads(done.stdout)["error"]["message"] == "the provider answered with an error (HTTP 500)"
    assert "secret-body" not in done.stdout + done.stderr


@pytest.mark.parametrize("config", ["chatgpt_base_url = 'http://x", "chatgpt_base_url = 5", "\xff = 1", "a = 1\na = 2"])
def test_with_a_malformed_config_toml_nothing_is_spawned(host, upstream, tmp_path, config):
    home = host.add_account("acc1", upstream.add_account("A1"))
    (home / "config.toml").write_text(config, encoding="latin-1")
    trace = tmp_path / "spawned"
    spy = tmp_path / "codex"
    spy.write_text(f'#!/bin/sh\necho "$*" >>{trace}\n[ "$1" = --version ] && echo codex-cli 0.169.0\n')
    spy.chmod(0o755)
    host.codex = spy

    done = host.run("probe", "acc1", "--json")

    assert json.loads(done.stdout)["error"]["code"] == "config_invalid"
    assert trace.read_text().split() == ["--version"]
    assert upstream.requests == []


def test_a_missing_codex_says_how_to_get_one(host, upstream):
    host.add_account("acc1", upstream.add_account("A1"))
    host.codex = host.folder / "no-such-codex"

    done = host.run("probe", "acc1")

    assert done.returncode == 75
    assert "codex is not installed (codex_missing)" in done.stdout
    assert "next: npm install -g @openai/codex" in done.stdout


def test_a_codex_before_0_57_is_too_old(host, upstream):
    host.add_account("acc1", upstream.add_account("A1"))
    host.codex = host.folder / "codex"
    host.codex.write_text("#!/bin/sh\necho codex-cli 0.56.9\n")
    host.codex.chmod(0o755)

    done = host.run("probe", "acc1", "--json")

    assert json.loads(done.stdout)["error"]["code"] == "codex_too_old"


def test_codex_gets_a_clean_environment(host, upstream, monkeypatch):
    home = host.add_account("acc1", upstream.add_account("A1"))
    dump = host.folder / "environment"
    host.codex = host.folder / "codex"
    host.codex.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit 1\nenv >{dump}\npwd >>{dump}\necho "$@" >>{dump}\n')
    host.codex.chmod(0o755)
    host.settings["codex"] = {"bin": str(host.codex), "env": {"EXTRA": "1"}}

    host.run("probe", "acc1")

    text = dump.read_text()
    names = {line.partition("=")[0] for line in text.splitlines() if "=" in line and " " not in line}
    assert names - {"PWD", "_", "OLDPWD", "SHLVL", "LANG"} == {
        "PATH",
        "HOME",
        "CODEX_HOME",
        "CODEX_SQLITE_HOME",
        "CSF_CHILD_OF",
        "EXTRA",
    }
    assert f"HOME={home.parent}\n" in text
    assert f'-c chatgpt_base_url="{upstream.base_url}/backend-api"' in text


def test_the_native_program_is_found_behind_the_npm_launcher(codex):
    assert codex.read_bytes()[:4] == b"\x7fELF"


def test_an_unknown_label_is_a_wrong_usage(host):
    host.add_account("acc1")

    done = host.run("probe", "acc2")

    assert done.returncode == 64
    assert "there are: acc1" in done.stderr


def test_the_settings_can_be_named_before_or_after_the_verb(host):
    host.add_account("acc1")
    host.write_files()
    elsewhere = host.folder / "elsewhere.yaml"
    shutil.move(host.folder / "hostagent.yaml", elsewhere)

    before = host.run("--config", str(elsewhere), "probe", "acc1")
    after = host.run("probe", "acc1", "--config", str(elsewhere))

    assert (before.returncode, after.returncode) == (77, 77)


def test_a_busy_home_is_not_probed_twice_at_once(host, upstream, tmp_path):
    login = upstream.add_account("A1")
    home = host.add_account("acc1", login)
    upstream.seed_home(login, home, expires_in_seconds=-60)
    login.refresh_reply_delay_seconds = 1

    probes = [host.start("probe", "acc1") for _ in range(3)]
    statuses = [probe.wait(timeout=60) for probe in probes]

    for probe in probes:
        probe.communicate()
    assert statuses == [0, 0, 0]
    assert login.reused_refresh_tokens == 0
    assert login.most_concurrent_refreshes == 1
