"""hostagent.yaml: found, read, and refused with all its faults at once."""

import json
import shutil
from pathlib import Path

import pytest

from hostagent.config import clean_host_name, find_config, read_config
from hostagent.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent


def write(folder: Path, settings: str, accounts: object = None) -> Path:
    (folder / "accounts.json").write_text(json.dumps(accounts or {"accounts": []}))
    path = folder / "hostagent.yaml"
    path.write_text(settings)
    return path


def test_the_example_files_are_read_by_the_real_loaders(tmp_path):
    shutil.copy(ROOT / "hostagent.example.yaml", tmp_path / "hostagent.yaml")
    shutil.copy(ROOT / "accounts.example.json", tmp_path / "accounts.json")

    config, accounts = read_config(tmp_path / "hostagent.yaml")

    assert config.collector_url == "https://fleet.example.com"
    assert [account.label for account in accounts.accounts] == ["acc1", "team", "claude_main"]
    assert accounts.notices == []


def test_paths_are_relative_to_the_file_that_names_them(tmp_path):
    config, _ = read_config(write(tmp_path, "token_file: secret/token\nstate_dir: /var/lib/agent"))

    assert config.token_file == tmp_path / "secret/token"
    assert config.state_dir == Path("/var/lib/agent")
    assert config.accounts_dir == tmp_path / "accounts"


def test_an_empty_file_means_the_defaults(tmp_path):
    config, _ = read_config(write(tmp_path, ""))

    assert config.collector_url == "http://127.0.0.1:8080"
    assert (config.poll_interval_sec, config.refresh_wait_sec, config.manual_refresh) == (300, 25, False)


def test_all_faults_are_reported_at_once_with_the_nearest_name(tmp_path):
    path = write(tmp_path, "poll_intervall_sec: 60\nconcurrency: many\nhost: 'a b'\ncodex: {bni: /x}\ninsecure: 1")

    with pytest.raises(ConfigError) as caught:
        read_config(path)

    text = str(caught.value)
    assert f"{path}: poll_intervall_sec: is not known here; the nearest name is poll_interval_sec" in text
    assert "codex.bni: is not known here; the nearest name is bin" in text
    assert [line.split(": ")[1] for line in text.splitlines()] == [
        "poll_intervall_sec",
        "codex.bni",
        "insecure",
        "host",
        "concurrency",
    ]


@pytest.mark.parametrize("url", ["http://fleet.example.com", "http://10.0.0.7:8080"])
def test_plain_http_beyond_this_machine_has_to_be_asked_for(tmp_path, url):
    with pytest.raises(ConfigError, match="insecure: true"):
        read_config(write(tmp_path, f"collector_url: {url}"))

    config, _ = read_config(write(tmp_path, f"collector_url: {url}\ninsecure: true"))

    assert config.collector_url == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:8080/", "http://[::1]:8080", "https://x.example"]
)
def test_loopback_and_https_need_no_permission(tmp_path, url):
    config, _ = read_config(write(tmp_path, f"collector_url: {url}"))

    assert config.collector_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["ftp://x", "fleet.example.com", "https://", "https://u:p@x", "https://x?y=1", "http://x:99999"]
)
def test_what_is_no_base_url_is_refused(tmp_path, url):
    with pytest.raises(ConfigError, match="must look like"):
        read_config(write(tmp_path, f"collector_url: '{url}'"))


@pytest.mark.parametrize("text", ["a: [", "- 1", "just text", "\x00", "host: !!python/object:os.system x"])
def test_what_is_no_settings_file_is_refused_in_a_sentence(tmp_path, text):
    with pytest.raises(ConfigError, match=r"hostagent\.yaml"):
        read_config(write(tmp_path, text))


def test_old_settings_in_accounts_json_count_until_the_yaml_sets_them(tmp_path):
    old = {"collector_url": "https://old.example/ingest", "poll_interval_sec": 120, "accounts": []}

    config, accounts = read_config(write(tmp_path, "poll_interval_sec: 60", old))

    assert config.collector_url == "https://old.example"
    assert config.poll_interval_sec == 60
    assert [notice.split(": ")[1] for notice in accounts.notices] == [
        "collector_url counts only until hostagent.yaml sets it"
    ]


def test_an_old_collector_in_compose_is_the_one_on_this_machine(tmp_path):
    old = {"collector_in_compose": True, "collector_url": "http://collector:8080/ingest", "accounts": []}

    config, _ = read_config(write(tmp_path, "", old))

    assert config.collector_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize("key", ["collector_url", "poll_interval_sec", "manual_refresh"])
def test_a_wrong_old_setting_is_a_fault_like_a_wrong_new_one(tmp_path, key):
    with pytest.raises(ConfigError, match=key):
        read_config(write(tmp_path, "", {key: {}, "accounts": []}))


def test_the_named_file_wins_over_the_environment(tmp_path, monkeypatch):
    named, environment = tmp_path / "named.yaml", tmp_path / "environment.yaml"
    named.touch()
    environment.touch()

    assert find_config(str(named), {"HOSTAGENT_CONFIG": str(environment)}) == named
    assert find_config(None, {"HOSTAGENT_CONFIG": str(environment)}) == environment


def test_without_a_named_file_the_folder_and_then_the_home_are_searched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    at_home = tmp_path / "home/.config/codex-status-fleet/hostagent.yaml"

    with pytest.raises(ConfigError, match=r"hostagent\.example\.yaml"):
        find_config(None, {})

    at_home.parent.mkdir(parents=True)
    at_home.touch()
    assert find_config(None, {}) == at_home

    (tmp_path / "hostagent.yaml").touch()
    assert find_config(None, {}) == tmp_path / "hostagent.yaml"


@pytest.mark.parametrize(
    ("name", "clean"),
    [("vm", "vm"), ("Bob's Mac.local", "Bob-s-Mac.local"), ("自宅", "host"), ("--x", "x"), ("a" * 99, "a" * 64)],
)
def test_a_machines_name_is_cleaned_to_the_alphabet_of_labels(name, clean):
    assert clean_host_name(name) == clean


@pytest.mark.parametrize("name", ["HOME", "CODEX_HOME", "CODEX_SQLITE_HOME"])
def test_the_home_of_every_account_is_its_own(tmp_path, name):
    with pytest.raises(ConfigError, match=rf"codex\.env\.{name}"):
        read_config(write(tmp_path, f"codex: {{env: {{{name}: /tmp/shared}}}}"))


@pytest.mark.parametrize("url", ["https://bob:secret@host", "https://:secret@host"])
def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path, url):
    with pytest.raises(ConfigError) as caught:
        read_config(write(tmp_path, f"collector_url: {url}"))

    assert "secret" not in str(caught.value)


def test_a_program_with_a_path_is_relative_to_the_file_and_a_name_is_not(tmp_path):
    near, _ = read_config(write(tmp_path, "codex: {bin: ./codex}"))
    named, _ = read_config(write(tmp_path, "codex: {bin: codex-nightly}"))

    assert (near.codex_bin, named.codex_bin) == (str(tmp_path / "codex"), "codex-nightly")
