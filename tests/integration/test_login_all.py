"""`hostagent login --all` and `login --status` with the real codex and the fake issuer."""

import json
import re
import subprocess

import pytest
from programs import PROGRAMS
from terminal import hostagent


@pytest.fixture
def five_accounts(host, upstream):
    """Five of which two need a login: acc2 never had one, acc4's has expired for good."""
    for number in (1, 2, 3, 4, 5):
        email = f"a{number}@example.com"
        login = None if number == 2 else upstream.add_account(f"A{number}", email=email)
        host.add_account(f"acc{number}", login, expected_email=email)
        if number == 4:
            login.refresh_mode = "expired"
            upstream.seed_home(login, host.home("acc4"), expires_in_seconds=-60)
    host.add_account("off", enabled=False)
    host.write_files()
    return host


def test_only_those_that_need_a_login_get_their_turn(five_accounts, upstream):
    before = {label: (five_accounts.home(label) / "auth.json").read_bytes() for label in ("acc1", "acc3", "acc5")}
    upstream.device_login.approved = upstream.add_account("A2", email="a2@example.com")

    done = hostagent(five_accounts.folder, "login", "--all")

    assert re.findall(r"^(\S+): log in as \S+ \((\d) left after this one\)$", done.stderr, re.MULTILINE) == [
        ("acc2", "1"),
        ("acc4", "0"),
    ]
    assert "acc2: logged in as a2@example.com" in done.stdout
    assert "acc4: expected a4@example.com, but a2@example.com logged in" in done.stderr
    assert done.stdout.endswith("Still without a login: acc4\nNext: hostagent login --all\n")
    assert done.returncode == 77
    assert {label: (five_accounts.home(label) / "auth.json").read_bytes() for label in before} == before

    upstream.device_login.approved = upstream.add_account("A4b", email="a4@example.com")
    again = hostagent(five_accounts.folder, "login", "--all")

    assert again.returncode == 0, again.stderr
    assert again.stdout.count("logged in as") == 1
    assert hostagent(five_accounts.folder, "login", "--all").stdout == "No account needs a login.\n"


def test_a_stop_ends_the_whole_round(five_accounts, upstream):
    logging_in = subprocess.Popen(
        [PROGRAMS / "hostagent", "login", "--all"],
        cwd=five_accounts.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    upstream.wait_for("POST /api/accounts/deviceauth/token")

    logging_in.terminate()

    assert logging_in.wait(60) == 75
    assert len(upstream.seen("/api/accounts/deviceauth/usercode")) == 1


def test_the_status_tells_by_the_files_alone_who_needs_a_login(five_accounts, upstream):
    (five_accounts.home("acc3") / "auth.json").write_text('{"OPENAI_API_KEY": "sk-canarycanary"}')
    five_accounts.accounts[4]["expected_email"] = "else@example.com"
    five_accounts.write_files()

    table = hostagent(five_accounts.folder, "login", "--status")
    document = json.loads(hostagent(five_accounts.folder, "login", "--status", "--json").stdout)

    assert {account["label"]: account["problem"] for account in document["accounts"]} == {
        "acc1": None,
        "acc2": "no login file",
        "acc3": "no ChatGPT login in its file",
        "acc4": None,
        "acc5": "another account's login",
        "off": "no login file",
    }
    assert table.returncode == 77
    assert "acc1   a1@example.com  a1@example.com    ok\n" in table.stdout
    assert "canary" not in table.stdout + table.stderr
    assert upstream.requests == []


@pytest.mark.parametrize(
    "way", [[], ["acc1", "--all"], ["--all", "--status"], ["--all", "--accept"], ["--all", "--json"]]
)
def test_the_forms_of_login_exclude_each_other(five_accounts, upstream, way):
    assert hostagent(five_accounts.folder, "login", *way).returncode == 64
    assert upstream.requests == []
