"""`hostagent status` and `hostagent doctor`: what is wrong, and what waits."""

import fcntl
import json
from pathlib import Path

import pytest
from terminal import hostagent, mode

KEY = "sk-ant-api03-canarycanarycanary_0123456789-AA"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A host whose settings are all defaults and that has no account yet."""
    path = tmp_path / "host"
    path.mkdir()
    (path / "hostagent.yaml").touch()
    return path


def test_the_doctor_tells_a_revoked_token_from_an_absent_collector(joined_host, collector):
    (joined_host.folder / "collector.token").write_text("csfa_0123456789abcdef_0123456789abcdef")

    done = joined_host.run("doctor")

    assert done.returncode == 78
    assert "fail  token        " in done.stdout
    assert "fail  collector" not in done.stdout


def test_status_tells_what_waits_and_whether_the_agent_runs(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.settings["collector_url"] = "http://127.0.0.1:9"
    assert json.loads(joined_host.run("status", "--json").stdout)["last_snapshot_age_sec"] is None
    assert joined_host.run("push").returncode == 69

    waiting = json.loads(joined_host.run("status", "--json").stdout)
    with (joined_host.folder / "data/hostagent/agent.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = joined_host.run("status").stdout
    joined_host.settings["collector_url"] = collector.url
    assert joined_host.run("push").returncode == 0
    delivered = json.loads(joined_host.run("status", "--json").stdout)

    assert (waiting["running"], waiting["waiting"], waiting["last_delivery_age_sec"]) == (False, 1, None)
    assert "hostagent run is at work" in running
    assert "1 snapshot, the oldest for" in running
    assert (delivered["waiting"], delivered["oldest_waiting_age_sec"]) == (0, None)
    assert delivered["last_delivery_age_sec"] < 60


def test_status_counts_what_was_set_aside_and_leaves_a_damaged_file_where_it_is(folder):
    for name, text in (("refused/1.jsonl", "{}\n{}\n"), ("corrupt/1.batch", ""), ("spool/2.batch", "damaged")):
        (folder / "data/hostagent" / name).parent.mkdir(parents=True)
        (folder / "data/hostagent" / name).write_text(text)

    document = json.loads(hostagent(folder, "status", "--json").stdout)

    assert (document["refused"], document["corrupt"], document["waiting"]) == (2, 1, 0)
    assert (folder / "data/hostagent/spool/2.batch").exists()


def test_the_doctor_finds_nothing_on_a_sound_host(joined_host, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.run("push")
    (joined_host.folder / "accounts").chmod(0o700)

    done = joined_host.run("doctor", "--json")

    checks = {check["subject"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stdout
    assert {name for name, check in checks.items() if check["verdict"] != "ok"} == {"agent"}
    assert set(checks) == {
        *("settings", "accounts", "codex", "environment", "permissions", "homes", "logins"),
        *("collector", "token", "clock", "agent"),
    }


def test_the_doctor_names_each_fault_and_what_to_type(joined_host, collector, upstream):
    home = joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.accounts.append({"label": "acc2", "home": str(home)})
    joined_host.add_account("acc3")
    joined_host.settings["host"] = "other"
    joined_host.settings["codex"] = {"bin": "/nowhere/codex"}
    joined_host.write_files()
    (home / "auth.json").chmod(0o644)

    done = hostagent(joined_host.folder, "doctor", environment={"OPENAI_API_KEY": KEY, "CODEX_HOME": "/elsewhere"})

    assert done.returncode == 78
    assert f"warn  permissions  {home}/auth.json is open to other users (644); next: chmod go= " in done.stdout
    assert "fail  homes        acc1 and acc2 are the same folder" in done.stdout
    assert "warn  logins       missing: acc3; next: hostagent login --all" in done.stdout
    assert "fail  token        is for the host mac-mini, and hostagent.yaml says other" in done.stdout
    assert "fail  codex        is not installed, or not on PATH; next: npm install" in done.stdout
    assert "warn  environment  OPENAI_API_KEY is set" in done.stdout
    assert "warn  environment  CODEX_HOME is set" in done.stdout
    assert "canary" not in done.stdout + done.stderr
    assert mode(home / "auth.json") == 0o644


def test_the_doctor_tells_an_absent_collector_and_broken_settings(folder):
    (folder / "hostagent.yaml").write_text("collector_url: http://127.0.0.1:9\n")
    without_token = hostagent(folder, "doctor")
    (folder / "collector.token").touch(0o600)
    (folder / "collector.token").write_text("csfa_x")
    away = hostagent(folder, "doctor")
    (folder / "hostagent.yaml").write_text("colector_url: http://127.0.0.1:9\nhost: '!'\n")

    broken = hostagent(folder, "doctor")

    assert f"fail  token        {folder}/collector.token: holds no token; on the collector type" in without_token.stdout
    assert (away.returncode, broken.returncode) == (78, 78)
    assert "fail  collector    http://127.0.0.1:9 is away: Connection refused" in away.stdout
    assert broken.stdout.count("fail  settings ") == 2
