"""accounts.json: read whole or refused whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from hostagent.accounts import AccountsFile, read_accounts
from hostagent.errors import ConfigError, UsageError


def read(folder: Path, document: Any) -> AccountsFile:
    path = folder / "accounts.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_accounts(path, folder / "accounts")


def test_an_account_has_its_folder_by_its_label(tmp_path):
    file = read(tmp_path, {"accounts": [{"account_label": "acc1", "expected_planType": "pro", "note": "メモ"}]})

    account = file.accounts[0]
    assert account.home == tmp_path / "accounts/acc1/.codex"
    assert (account.provider, account.enabled, account.expected_plan_type, account.note) == (
        "codex",
        True,
        "pro",
        "メモ",
    )


def test_a_home_of_its_own_is_relative_to_the_file(tmp_path):
    file = read(tmp_path, {"accounts": [{"label": "a", "home": "mine/.codex"}, {"label": "b", "home": "/srv/.codex"}]})

    assert [account.home for account in file.accounts] == [tmp_path / "mine/.codex", Path("/srv/.codex")]


def test_an_unknown_provider_is_skipped_with_a_line_saying_so(tmp_path):
    file = read(tmp_path, {"accounts": [{"label": "g", "provider": "gemini"}, {"label": "c"}]})

    assert [account.label for account in file.accounts] == ["c"]
    assert file.notices == [f"{tmp_path}/accounts.json: g is skipped: provider 'gemini' is not known here"]


@pytest.mark.parametrize(
    ("written", "provider"), [("openai", "codex"), ("OpenAI_Codex", "codex"), ("claude", "anthropic"), ("", "codex")]
)
def test_a_provider_may_be_called_as_it_was_first(tmp_path, written, provider):
    file = read(tmp_path, {"accounts": [{"label": "a", "provider": written}]})

    assert [account.provider for account in file.accounts] == [provider]


def test_a_provider_of_the_past_is_skipped_whatever_its_account_says(tmp_path):
    past = {"label": "fw", "provider": "fireworks", "fireworks_model": "x", "fireworks_base_url": "https://example.com"}

    file = read(tmp_path, {"accounts": [past, {"label": "c", "provider": "claude", "model": "claude-haiku-5-5"}]})

    assert [(account.label, account.anthropic_model) for account in file.accounts] == [("c", "claude-haiku-5-5")]
    assert "fw is skipped" in file.notices[0]


def test_settings_without_meaning_get_one_line_each(tmp_path):
    file = read(tmp_path, {"accounts": [], "codex_cli_version": "0.63.0", "agent": {"rpc_timeout_sec": 20}})

    assert [line.split(": ")[1] for line in file.notices] == [
        "codex_cli_version is ignored",
        "agent.rpc_timeout_sec is ignored",
    ]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("{", "cannot be read"),
        ("[]", "must be an object"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "cannot be read"),
        ({"accounts": {}}, "accounts: must be a list"),
        ({"accounts": ["acc1"]}, r"accounts\[0\]: must be an object"),
        ({"accounts": [{}]}, r"accounts\[0\].label: must be"),
        ({"accounts": [{"label": "../x"}]}, r"accounts\[0\].label"),
        ({"accounts": [{"label": "a" * 201}]}, r"accounts\[0\].label"),
        ({"accounts": [{"label": "a", "provider": 3}]}, r"accounts\[0\].provider: must be text"),
        ({"accounts": [{"label": "a", "model": "x"}]}, "model: is not known here"),
        ({"accounts": [{"label": "a", "enabled": "yes"}]}, r"accounts\[0\].enabled: must be true or false"),
        ({"accounts": [{"label": "a", "note": 3}]}, r"accounts\[0\].note: must be text"),
        ({"accounts": [{"label": "a", "expectd_email": "x"}]}, "the nearest name is expected_email"),
        ({"acounts": []}, "the nearest name is accounts"),
        ({"accounts": [], "agent": 3}, "agent: must be an object"),
        ({"accounts": [{"label": "Acc"}, {"label": "acc"}]}, "Acc and acc are one label"),
        ({"accounts": [{"label": "acc"}, {"label": "acc"}]}, "acc and acc are one label"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, document, fault):
    with pytest.raises(ConfigError, match=fault):
        read(tmp_path, document)


def test_a_missing_file_names_the_example(tmp_path):
    with pytest.raises(ConfigError, match=r"accounts\.example\.json"):
        read_accounts(tmp_path / "accounts.json", tmp_path)


def test_an_account_is_found_by_its_email_too(tmp_path):
    file = read(tmp_path, {"accounts": [{"label": "a", "expected_email": "You@Example.com"}, {"label": "b"}]})

    assert file.find("you@example.com").label == "a"


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    file = read(tmp_path, {"accounts": [{"label": "a"}, {"label": "b"}]})

    with pytest.raises(UsageError, match="there are: a, b"):
        file.find("c")


def test_an_email_of_two_accounts_does_not_choose_one(tmp_path):
    same = {"expected_email": "x@example.com"}
    file = read(tmp_path, {"accounts": [{"label": "a", **same}, {"label": "b", **same}]})

    with pytest.raises(UsageError, match="name one of them: a, b"):
        file.find("x@example.com")


def test_an_empty_name_is_no_account(tmp_path):
    file = read(tmp_path, {"accounts": [{"label": "a"}]})

    with pytest.raises(UsageError):
        file.find("")


def test_a_home_of_a_user_that_does_not_exist_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="names no user"):
        read(tmp_path, {"accounts": [{"label": "a", "home": "~nobody-of-that-name/.codex"}]})
