"""The `collector` command, run as a program."""

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

COLLECTOR = str(Path(sys.executable).parent / "collector")


@pytest.fixture
def environment(tmp_path):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COLLECTOR_", "DATABASE_"))}
    return {**inherited, "COLLECTOR_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def begun(environment, migrated_file):
    """There is a database already."""
    folder = Path(environment["COLLECTOR_DATA_DIR"])
    folder.mkdir(mode=0o700)
    migrated_file.copy_to(folder)


@pytest.fixture
def collector(environment):
    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command, env = [COLLECTOR, *arguments], {**environment, **variables}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def serve(environment):
    """Start `collector serve` on a free port; gives its URL once it listens, and ends it afterwards."""
    children = []

    def start(stderr: int | None = None, cwd: Path | None = None, **variables: str) -> str:
        command, env = [COLLECTOR, "serve", "--bind", "127.0.0.1:0"], {**environment, **variables}
        child = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=stderr, text=True)
        children.append(child)
        return child.stdout.readline().removeprefix("Listening on ").strip()

    yield start
    for child in children:
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=30)
        assert child.returncode == 0


def test_it_tells_its_version(collector):
    assert collector("--version").stdout.strip() == f"collector, version {version('codex-status-fleet')}"


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        (("--kind", "agent", "--host", "mac-mini"), r"csfa_[0-9a-f]{12}_[0-9a-f]{64}\n"),
        (("--kind", "viewer"), r"csfv_[0-9a-f]{12}_[0-9a-f]{64}\n"),
        (("--kind", "viewer", "--read-only"), r"csfv_[0-9a-f]{12}_[0-9a-f]{64}\n"),
        (("--kind", "admin"), r"csfm_[0-9a-f]{12}_[0-9a-f]{64}\n"),
    ],
)
def test_a_new_token_stands_alone_on_standard_output(begun, collector, arguments, pattern):
    result = collector("token", "create", *arguments)

    assert re.fullmatch(pattern, result.stdout)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--kind", "agent"),
        ("--kind", "viewer", "--host", "mac-mini"),
        ("--kind", "admin", "--read-only"),
        ("--kind", "agent", "--host", "../etc"),
        ("--kind", "root"),
    ],
)
def test_a_token_that_cannot_be_is_a_usage_error(collector, arguments):
    result = collector("token", "create", *arguments)

    assert (result.returncode, result.stdout) == (os.EX_USAGE, "")
    assert "Error:" in result.stderr


def test_tokens_are_listed_by_their_ids_without_their_secrets(collector):
    agent = collector("token", "create", "--kind", "agent", "--host", "mac-mini").stdout.strip()
    viewer = collector("token", "create", "--kind", "viewer", "--read-only").stdout.strip()

    listed = collector("token", "list").stdout

    first, second = listed.splitlines()
    assert first.startswith(agent.split("_")[1])
    assert "agent mac-mini" in first
    assert second.startswith(viewer.split("_")[1])
    assert "viewer  read-only" in second
    assert agent.split("_")[2] not in listed


def test_a_revoked_token_stays_in_the_list_as_such(collector):
    token_id = collector("token", "create", "--kind", "admin").stdout.split("_")[1]

    assert collector("token", "revoke", token_id).returncode == 0

    assert "revoked" in collector("token", "list").stdout
    assert collector("token", "revoke", token_id).returncode == 0


def test_revoking_what_is_no_token_fails(begun, collector):
    result = collector("token", "revoke", "nobody")

    assert result.returncode == os.EX_DATAERR
    assert "collector token list" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        *(("token", "list"), ("token", "revoke", "0123456789ab"), ("session", "list"), ("session", "revoke", "1")),
        *(("forget", "mac-mini"), ("prune",)),
    ],
)
def test_where_there_is_no_database_none_is_begun_to_look_into(collector, tmp_path, command):
    result = collector(*command)

    assert (result.returncode, result.stdout) == (os.EX_NOINPUT, "")
    assert f"There is no database {tmp_path}/data/collector.sqlite3" in result.stderr
    assert "COLLECTOR_DATA_DIR" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_key_to_a_database_that_is_begun_with_it_says_so(collector, tmp_path):
    result = collector("token", "create", "--kind", "viewer")

    assert result.stdout.startswith("csfv_")
    assert result.stderr == f"collector: began a new database: {tmp_path}/data/collector.sqlite3\n"


def test_faults_of_the_environment_are_told_at_once_and_without_a_traceback(collector):
    result = collector("serve", COLLECTOR_PUBLIC_URL="nonsense", COLLECTOR_LOG_LEVEL="loud")

    assert result.returncode == os.EX_CONFIG
    assert len(result.stderr.splitlines()) == 2
    assert "Traceback" not in result.stderr


def test_a_public_address_needs_a_public_url(collector, tmp_path):
    result = collector("serve", "--bind", "0.0.0.0:8080")

    assert result.returncode == os.EX_CONFIG
    assert "COLLECTOR_PUBLIC_URL" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_port_in_use_is_told_plainly(collector):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = collector("serve", "--bind", f"127.0.0.1:{taken.getsockname()[1]}")

    assert result.returncode == os.EX_UNAVAILABLE
    assert "Address already in use" in result.stderr


def test_a_database_by_url_is_migrated_only_when_told(collector, tmp_path):
    url = f"sqlite:///{tmp_path}/own.sqlite3"

    refused = collector("serve", DATABASE_URL=url)
    migrated = collector("migrate", DATABASE_URL=url)

    assert refused.returncode == os.EX_CONFIG
    assert "collector migrate" in refused.stderr
    assert migrated.stdout.startswith("0001_initial\n")
    assert collector("migrate", DATABASE_URL=url).stdout == "nothing to do\n"


def test_a_served_collector_takes_a_push_and_shows_it(collector, serve):
    url = serve()
    agent = {
        "Authorization": "Bearer " + collector("token", "create", "--kind", "agent", "--host", "h1").stdout.strip()
    }
    viewer = {"Authorization": "Bearer " + collector("token", "create", "--kind", "viewer").stdout.strip()}
    failure = {"code": "timeout", "message": "No answer within 60 s."}
    item = {"seq": 1, "account_label": "acc1", "observed_at": "2026-11-22T09:20:12Z", "error": failure}
    batch = {"epoch": "0" * 32, "sent_at": "2026-11-22T09:20:12Z", "items": [item]}

    assert requests.get(f"{url}/readyz", timeout=60).json() == {"ok": True}
    registry = {"accounts": [{"account_label": "acc1"}]}
    assert requests.post(f"{url}/registry", json=registry, headers=agent, timeout=60).json()["count"] == 1
    pushed = requests.post(f"{url}/snapshots", json=batch, headers=agent, timeout=60)
    shown = requests.get(f"{url}/latest/acc1", headers=viewer, timeout=60)

    assert pushed.json()["results"] == [{"seq": 1, "status": "stored", "code": None}]
    assert shown.json()["state"] == "error"
    assert shown.json()["error"] == failure


SIGN_IN_LINK = r"(http[^ ]*)/login#code=([0-9a-f]{64})"


@pytest.mark.parametrize(
    ("arguments", "public_url", "base"),
    [
        ((), "", "http://127.0.0.1:8080"),
        ((), "https://status.example.com/", "https://status.example.com"),
        (("--url", "http://127.0.0.1:9000"), "", "http://127.0.0.1:9000"),
        (("--url", "http://127.0.0.1:9000", "--kind", "viewer"), "https://status.example.com", "http://127.0.0.1:9000"),
    ],
)
def test_a_sign_in_link_stands_alone_on_standard_output(begun, collector, arguments, public_url, base):
    result = collector("signin-link", *arguments, COLLECTOR_PUBLIC_URL=public_url)

    assert re.fullmatch(SIGN_IN_LINK + "\n", result.stdout)[1] == base
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [("--kind", "agent"), ("--url", "127.0.0.1:9000"), ("--url", "http://a/b")])
def test_a_sign_in_link_that_cannot_be_is_a_usage_error(collector, arguments):
    result = collector("signin-link", *arguments)

    assert (result.returncode, result.stdout) == (os.EX_USAGE, "")


@pytest.mark.parametrize("kind", ["admin", "viewer"])
def test_a_sign_in_link_signs_in_once(collector, serve, kind):
    url = serve()
    _, code = re.match(SIGN_IN_LINK, collector("signin-link", "--kind", kind, "--url", url).stdout).groups()

    with requests.Session() as browser:
        first = browser.post(f"{url}/session", json={"code": code}, headers={"Origin": url}, timeout=60)
        again = requests.post(f"{url}/session", json={"code": code}, headers={"Origin": url}, timeout=60)
        latest = browser.get(f"{url}/latest", timeout=60)

    assert first.json() == {"kind": kind, "host": None, "read_only": False}
    assert (again.status_code, latest.status_code) == (401, 200)


def test_who_is_signed_in_can_be_seen_and_signed_out(collector, serve):
    url = serve()
    _, code = re.match(SIGN_IN_LINK, collector("signin-link", "--url", url).stdout).groups()
    with requests.Session() as browser:
        browser.post(f"{url}/session", json={"code": code}, headers={"Origin": url}, timeout=60)

        (line,) = collector("session", "list").stdout.splitlines()
        ended = collector("session", "revoke", line.split()[0])

        assert "admin" in line
        assert code not in line
        assert browser.cookies.get_dict().popitem()[1] not in line
        assert ended.returncode == 0
        assert browser.get(f"{url}/latest", timeout=60).status_code == 401
    assert collector("session", "list").stdout == ""


def test_a_token_of_the_environment_is_good_while_it_is_there(collector, serve):
    token = f"csfm_0a1b2c3d4e5f_{'0123456789abcdef' * 4}"
    bearer = {"Authorization": f"Bearer {token}"}

    assert requests.get(f"{serve(COLLECTOR_ADMIN_TOKEN=token)}/tokens", headers=bearer, timeout=60).status_code == 200
    refused = collector("token", "revoke", "0a1b2c3d4e5f")
    assert (refused.returncode, "COLLECTOR_ADMIN_TOKEN" in refused.stderr) == (os.EX_CONFIG, True)
    assert "admin  from COLLECTOR_ADMIN_TOKEN" in collector("token", "list").stdout

    assert requests.get(f"{serve()}/tokens", headers=bearer, timeout=60).status_code == 401


def test_a_machine_that_is_gone_is_forgotten_with_its_token(collector):
    token_id = collector("token", "create", "--kind", "agent", "--host", "mac-mini").stdout.split("_")[1]

    result = collector("forget", "mac-mini", "--purge")

    assert (result.returncode, result.stdout) == (0, "")
    assert "forgot mac-mini and its history" in result.stderr
    assert re.search(f"{token_id}.*revoked", collector("token", "list").stdout)


def test_old_history_is_deleted_when_told(collector, serve):
    url, now = serve(), datetime.now(UTC)
    key = collector("token", "create", "--kind", "agent", "--host", "h1").stdout.strip()
    failure = {"code": "timeout", "message": "No answer within 60 s."}
    item = {"seq": 1, "account_label": "acc1", "observed_at": f"{now - timedelta(days=2):%FT%TZ}", "error": failure}
    batch = {"epoch": "a" * 32, "sent_at": f"{now:%FT%TZ}", "items": [item]}
    with requests.Session() as agent:
        agent.headers["Authorization"] = f"Bearer {key}"
        agent.post(f"{url}/registry", json={"accounts": [{"account_label": "acc1"}]}, timeout=60)
        assert agent.post(f"{url}/snapshots", json=batch, timeout=60).json()["results"][0]["status"] == "stored"

    told = [collector("prune", *arguments).stderr for arguments in ((), ("--days", "1"), ("--days", "1"))]

    assert told == ["collector: deleted nothing\n", "collector: deleted events: 1\n", "collector: deleted nothing\n"]


@pytest.mark.parametrize(
    ("arguments", "status", "hint"),
    [
        (("forget", "mac-mini"), os.EX_DATAERR, "No token was ever made for a host mac-mini"),
        (("forget", "mac-mini/acc1"), os.EX_DATAERR, "never had an account acc1"),
        (("forget", "mac-mini/"), os.EX_USAGE, "mac-mini/acc1"),
        (("forget", "../etc"), os.EX_USAGE, "mac-mini/acc1"),
        (("prune", "--days", "0"), os.EX_USAGE, "--days"),
        (("session", "revoke", "0" * 12), os.EX_DATAERR, "collector session list"),
    ],
)
def test_what_is_not_there_cannot_be_ended(begun, collector, arguments, status, hint):
    result = collector(*arguments)

    assert (result.returncode, result.stdout) == (status, "")
    assert hint in result.stderr


@pytest.fixture
def terminal():
    """Both ends: where it is read, and what a program writes to."""
    ends = os.openpty()
    yield ends
    for end in ends:
        os.close(end)


def test_the_first_start_on_a_terminal_shows_a_sign_in_link(terminal, serve):
    reading_end, writing_end = terminal

    url = serve(stderr=writing_end)

    shown = ""
    while (link := re.search(SIGN_IN_LINK + "\r\n", shown)) is None:
        shown += os.read(reading_end, 4096).decode()
    assert link[1] == url
    assert "collector token create" in shown
    assert requests.get(f"{url}/healthz", timeout=60).json() == {"ok": True}


def test_a_first_start_elsewhere_shows_no_secret(serve, tmp_path):
    with (tmp_path / "log").open("w") as log:
        url = serve(stderr=log.fileno())

    assert requests.get(f"{url}/healthz", timeout=60).json() == {"ok": True}
    shown = (tmp_path / "log").read_text()
    assert "collector token create" in shown
    assert "collector signin-link" in shown
    assert "code=" not in shown


def test_the_server_takes_no_settings_from_its_surroundings(serve, tmp_path):
    (tmp_path / "gunicorn.conf.py").write_text("raise SystemExit('read')")

    url = serve(cwd=tmp_path, GUNICORN_CMD_ARGS="--workers none", FORWARDED_ALLOW_IPS="*")

    answer = requests.get(f"{url}/login", headers={"X-Forwarded-Proto": "https"}, timeout=60)
    assert "Strict-Transport-Security" not in answer.headers


def test_a_chunked_body_is_refused_and_not_cut(collector, serve):
    url = serve()
    token = collector("token", "create", "--kind", "agent", "--host", "h1").stdout.strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    response = requests.post(f"{url}/registry", data=iter([b'{"accounts":', b"[]}"]), headers=headers, timeout=60)

    assert (response.status_code, response.json()["code"]) == (411, "length_required")
