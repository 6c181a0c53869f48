"""`hostagent init` with a real collector."""

import json
from pathlib import Path

import pytest
from terminal import hostagent, mode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A host whose settings are all defaults and that has no account yet."""
    path = tmp_path / "host"
    path.mkdir()
    (path / "hostagent.yaml").touch()
    return path


def test_init_learns_the_host_from_the_token_and_closes_its_files(tmp_path, collector):
    token = collector.token("--kind", "agent", "--host", "mac-mini")

    done = hostagent(tmp_path, "init", "--collector", collector.url, typed=f"{token}\n")

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Next: hostagent add you@example.com\n")
    assert "host: mac-mini\n" in (tmp_path / "hostagent.yaml").read_text()
    assert (tmp_path / "collector.token").read_text() == f"{token}\n"
    assert [mode(tmp_path / name) for name in ("collector.token", "accounts", "data/hostagent")] == [
        0o600,
        0o700,
        0o700,
    ]
    assert token not in done.stdout + done.stderr + (tmp_path / "hostagent.yaml").read_text()
    assert collector.get("/registry")["items"] == []
    assert hostagent(tmp_path, "add", "you@example.com").returncode == 0
    registered = hostagent(tmp_path, "register", "--json")
    assert json.loads(registered.stdout) == {"registered": 1, "collector_url": collector.url}
    assert [item["host"] for item in collector.get("/registry")["items"]] == ["mac-mini"]


def test_init_leaves_a_token_in_the_file_that_was_named(tmp_path, collector):
    (tmp_path / "secret").write_text(collector.token("--kind", "agent", "--host", "mac-mini"))
    (tmp_path / "secret").chmod(0o644)
    way = ("init", "--collector", collector.url, "--token-file", "secret", "--config", "settings/mine.yaml")

    done = hostagent(tmp_path, *way)

    assert done.returncode == 0, done.stderr
    assert mode(tmp_path / "secret") == 0o600
    assert list(tmp_path.rglob("collector.token")) == []
    assert hostagent(tmp_path, "register", "--allow-empty", "--config", "settings/mine.yaml").returncode == 78
    (tmp_path / "settings/accounts.json").write_text('{"accounts": []}')
    assert hostagent(tmp_path, "register", "--config", "settings/mine.yaml").returncode == 78
    assert hostagent(tmp_path, "register", "--allow-empty", "--config", "settings/mine.yaml").returncode == 0


def test_init_says_which_kind_of_token_it_was_given_and_writes_nothing(tmp_path, collector):
    token = collector.token("--kind", "viewer")

    done = hostagent(tmp_path, "init", "--collector", collector.url, typed=token)

    assert done.returncode == 78
    assert "a token of the kind 'viewer'" in done.stderr
    assert token not in done.stderr
    assert list(tmp_path.glob("*.token")) + list(tmp_path.glob("*.yaml")) == []


@pytest.mark.parametrize(
    ("arguments", "typed", "status", "sentence"),
    [
        (["--collector", "http://fleet.example.com"], "csfa_x", 64, "http:// would show secrets"),
        (["--collector", "nonsense"], "csfa_x", 64, "must look like https://"),
        (["--collector", "http://127.0.0.1:9"], "csfa_x", 69, "is away"),
        (["--collector", "http://127.0.0.1:9"], "", 64, "that is no token"),
        (["--collector", "http://127.0.0.1:9", "--token-file", "none"], "", 64, "cannot be read"),
        (
            ["--collector", "http://127.0.0.1:9", "--token", "csfa_0123456789"],
            "",
            64,
            "unrecognized arguments: --token csfa_…",
        ),
    ],
)
def test_init_refuses_what_cannot_work_and_writes_nothing(tmp_path, arguments, typed, status, sentence):
    done = hostagent(tmp_path, "init", *arguments, typed=typed)

    assert (done.returncode, sentence in done.stderr) == (status, True), done.stderr
    assert list(tmp_path.glob("*")) == []


def test_init_closes_folders_that_were_open_and_says_so(tmp_path, collector):
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts").chmod(0o755)
    token = collector.token("--kind", "agent", "--host", "mac-mini")

    done = hostagent(tmp_path, "init", "--collector", collector.url, typed=token)

    assert "accounts: was open to other users, is now mode 700" in done.stderr
    assert mode(tmp_path / "accounts") == 0o700
    assert mode(tmp_path / "hostagent.yaml") == 0o600


def test_without_settings_the_way_to_them_is_named(tmp_path):
    done = hostagent(tmp_path, "accounts")

    assert done.returncode == 78
    assert "type: hostagent init --collector URL" in done.stderr


def test_init_overwrites_settings_only_when_told(folder, collector):
    token = collector.token("--kind", "agent", "--host", "mac-mini")
    (folder / "hostagent.yaml").write_text("host: mine\n")
    way = ("init", "--collector", collector.url)

    assert hostagent(folder, *way, typed=token).returncode == 64
    assert (folder / "hostagent.yaml").read_text() == "host: mine\n"
    assert hostagent(folder, *way, "--force", "--host", "other", typed=token).returncode == 78
    assert hostagent(folder, *way, "--force", typed=token).returncode == 0
