"""The commands a person types, as real programs on real files."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest
from programs import PROGRAMS
from terminal import hostagent, mode

from hostagent.cli import make_parser
from hostagent.terminal.verbs import VERBS, function_of

KEY = "sk-ant-api03-canarycanarycanary_0123456789-AA"
OTHER_KEY = "sk-ant-api03-anothercanaryanother_0123456789"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A host whose settings are all defaults and that has no account yet."""
    path = tmp_path / "host"
    path.mkdir()
    (path / "hostagent.yaml").touch()
    return path


def accounts_in(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / "accounts.json").read_text())["accounts"]


def test_every_command_has_a_function_and_an_example_in_its_help(folder):
    usage = make_parser().format_usage() + hostagent(folder, "--help").stdout

    for verb in VERBS:
        assert callable(function_of(verb))
        assert f"    {verb} " in usage.replace("\n", " ")
        assert f"  hostagent {verb}" in hostagent(folder, verb, "--help").stdout.partition("example")[2]


def test_add_says_what_became_of_each_account(folder):
    memo = "│ Account: a@example.com (Plus) │\n「解約済み」\nb@example.com\nnobody@here\n"

    first = hostagent(folder, "add", "--from", "-", "--json", typed=memo)
    second = hostagent(folder, "add", "a@example.com", "c@example.com", "--plan", "pro")

    assert [(a["label"], a["result"], a["enabled"]) for a in json.loads(first.stdout)["accounts"]] == [
        ("acc_a_example.com", "added", True),
        ("acc_b_example.com", "added", False),
    ]
    assert first.stderr == "hostagent: no account can be made out in line 4; passed over\n"
    assert [line.split()[1:] for line in second.stdout.splitlines()[1:3]] == [
        ["a@example.com", "updated"],
        ["c@example.com", "added"],
    ]
    assert second.stdout.endswith("Next: hostagent login --all\n")
    assert mode(folder / "accounts.json") == 0o600


def test_add_can_ignore_that_a_subscription_has_ended(folder):
    done = hostagent(folder, "add", "--from", "-", "--ignore-canceled", typed="解約済み\na@example.com")

    assert done.returncode == 0
    assert accounts_in(folder) == [{"label": "acc_a_example.com", "expected_email": "a@example.com"}]


@pytest.mark.parametrize("arguments", [[], ["you"], ["a@example.com", "b@example.com", "--label", "x"]])
def test_add_refuses_what_names_no_account(folder, arguments):
    assert hostagent(folder, "add", *arguments).returncode == 64
    assert not (folder / "accounts.json").exists()


@pytest.mark.parametrize("command", [["add", "a@example.com"], ["add-key"], ["disable", "a"], ["remove", "a"]])
def test_a_broken_accounts_file_is_refused_and_left_as_it_is(folder, command):
    (folder / "accounts.json").write_text('{"accounts": [{"label": "a"},]}')

    done = hostagent(folder, *command, typed=KEY)

    assert done.returncode == 78
    assert (folder / "accounts.json").read_text() == '{"accounts": [{"label": "a"},]}'
    assert not (folder / "accounts").exists()


def test_a_key_is_kept_in_a_closed_file_and_never_shown(folder):
    done = hostagent(folder, "add-key", typed=f"first {KEY}, then\n{OTHER_KEY}\n{KEY}\n")
    again = hostagent(folder, "add-key", "--json", typed=KEY)

    labels = [str(account["label"]) for account in accounts_in(folder)]
    assert [label[:7] for label in labels] == ["claude_", "claude_"]
    file = folder / "accounts" / labels[0] / ".secrets/anthropic_api_key.txt"
    assert (file.read_text(), mode(file), mode(file.parent)) == (f"{KEY}\n", 0o600, 0o700)
    assert json.loads(again.stdout)["accounts"][0]["result"] == "already there"
    shown = done.stdout + done.stderr + again.stdout + again.stderr + (folder / "accounts.json").read_text()
    assert "canary" not in shown


def test_a_key_of_a_named_account_is_replaced(folder):
    (folder / "accounts.json").write_text('{"accounts": [{"label": "c", "provider": "anthropic"}, {"label": "x"}]}')

    assert hostagent(folder, "add-key", "c", typed=KEY).returncode == 0
    assert "updated" in hostagent(folder, "add-key", "c", typed=OTHER_KEY).stdout
    assert (folder / "accounts/c/.secrets/anthropic_api_key.txt").read_text() == f"{OTHER_KEY}\n"
    assert hostagent(folder, "add-key", "x", typed=KEY).returncode == 64
    assert hostagent(folder, "add-key", typed="sk-ant-…AA").returncode == 64


def test_a_key_that_is_typed_on_a_terminal_is_not_echoed(folder):
    ours, theirs = pty.openpty()
    typing = subprocess.Popen(
        [PROGRAMS / "hostagent", "add-key"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    while b"not shown): " not in shown:
        shown += os.read(ours, 1000)

    os.write(ours, KEY.encode() + b"\n")

    assert typing.wait(30) == 0
    shown += os.read(ours, 10_000)
    os.close(ours)
    assert b"added" in shown
    assert b"canary" not in shown


def test_accounts_are_enabled_disabled_noted_and_removed(folder):
    hostagent(folder, "add", "a@example.com", "b@example.com")

    assert hostagent(folder, "disable", "a@example.com", "acc_b_example.com").stdout.count("disabled") == 2
    assert hostagent(folder, "enable", "acc_b_example.com", "nobody").returncode == 64
    assert "was disabled already" in hostagent(folder, "disable", "a@example.com").stdout
    hostagent(folder, "enable", "b@example.com")
    hostagent(folder, "note", "b@example.com", "三月まで")
    removed = hostagent(folder, "remove", "a@example.com")

    assert removed.stdout == "acc_a_example.com: no longer in accounts.json\n"
    assert accounts_in(folder) == [
        {"label": "acc_b_example.com", "expected_email": "b@example.com", "enabled": True, "note": "三月まで"}
    ]


def test_a_login_is_deleted_only_when_it_is_named_and_our_own(host, upstream):
    home = host.add_account("acc1", upstream.add_account("A1"))
    host.add_account("acc2", upstream.add_account("A2"))
    elsewhere = host.folder / "elsewhere"
    upstream.seed_home(upstream.add_account("A3"), elsewhere)
    host.accounts.append({"label": "acc3", "home": "elsewhere"})
    host.write_files()

    assert hostagent(host.folder, "remove", "acc3", "--delete-login", "--yes").returncode == 64
    unasked = hostagent(host.folder, "remove", "acc1", "--delete-login")
    assert (unasked.returncode, (home / "auth.json").exists()) == (64, True)
    assert hostagent(host.folder, "remove", "acc1", "--delete-login", "--yes").returncode == 0
    kept = hostagent(host.folder, "remove", "acc2")

    assert not (home / "auth.json").exists()
    assert f"Its files stay in {host.home('acc2')}" in kept.stdout
    assert (host.home("acc2") / "auth.json").exists()
    assert (elsewhere / "auth.json").exists()
    assert upstream.seen("/oauth/revoke") == []


def test_the_accounts_are_listed_with_who_is_logged_in(host, upstream):
    host.add_account("acc1", upstream.add_account("A1", plan="pro"), expected_email="you@example.com", note="個人用")
    host.add_account("acc2", enabled=False, expected_email="b@example.com", expected_plan_type="plus")
    host.write_files()

    table = hostagent(host.folder, "accounts")
    document = json.loads(hostagent(host.folder, "accounts", "--json").stdout)

    first, second = document["accounts"]
    assert (first["email"], first["expected_email"], first["plan_type"]) == ("A1@example.com", "you@example.com", "pro")
    assert (first["login_age_sec"] < 60, second["login_age_sec"], second["enabled"]) == (True, None, False)
    assert "A1@example.com (expected you@example.com)" in table.stdout
    assert "eyJ" not in table.stdout + json.dumps(document)
    assert upstream.requests == []
