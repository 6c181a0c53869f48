"""Changing accounts.json: whole or not at all, and nothing is lost."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hostagent.accounts_file import edited_accounts, encode_accounts
from hostagent.commands.add import add
from hostagent.config import Config, settings_of
from hostagent.errors import ConfigError, UsageError
from hostagent.memos import Memo


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return settings_of({}, tmp_path / "hostagent.yaml")


def write(config: Config, text: str) -> None:
    config.accounts_file.write_text(text, encoding="utf-8")


def read(config: Config) -> Any:
    return json.loads(config.accounts_file.read_text(encoding="utf-8"))


def test_a_missing_file_is_created_closed_to_others(config):
    add(config, [Memo("you@example.com", "plus")])

    assert config.accounts_file.read_text() == (
        '{\n  "accounts": [\n    {\n      "label": "acc_you_example.com",\n'
        '      "expected_email": "you@example.com",\n      "expected_plan_type": "plus"\n    }\n  ]\n}\n'
    )
    assert config.accounts_file.stat().st_mode & 0o777 == 0o600


def test_keys_of_the_first_fleet_stay_with_their_order(config):
    old = {
        "collector_url": "http://127.0.0.1:8080/ingest",
        "accounts": [{"account_label": "acc1", "expected_planType": "plus", "note": "個人用", "home": "x/.codex"}],
        "agent": {"rpc_timeout_sec": 20},
        "poll_interval_sec": 60,
    }
    write(config, json.dumps(old))

    add(config, [Memo("b@example.com")])

    after = read(config)
    assert list(after) == list(old)
    assert after["accounts"].pop()["label"] == "acc_b_example.com"
    assert after == old
    assert "個人用" in config.accounts_file.read_text(encoding="utf-8")


def test_only_the_file_s_own_name_of_the_plan_is_used(config):
    write(config, '{"accounts": [{"label": "a", "expected_email": "A@example.com", "expected_planType": "plus"}]}')

    outcomes = add(config, [Memo("a@example.com", "pro")])

    assert [(outcome.label, outcome.result) for outcome in outcomes] == [("a", "updated")]
    assert read(config)["accounts"] == [{"label": "a", "expected_email": "A@example.com", "expected_planType": "pro"}]


def test_adding_again_changes_nothing_on_the_disk(config):
    add(config, [Memo("a@example.com", "plus")])
    before = config.accounts_file.stat()

    outcomes = add(config, [Memo("A@example.com", "Plus"), Memo("a@example.com")])

    assert {outcome.result for outcome in outcomes} == {"already there"}
    assert config.accounts_file.stat().st_ino == before.st_ino


def test_a_canceled_account_is_disabled_and_noted_once(config):
    write(config, '{"accounts": [{"label": "a", "expected_email": "a@example.com", "note": "old"}]}')

    add(config, [Memo("a@example.com", is_canceled=True)])
    add(config, [Memo("a@example.com", is_canceled=True)])

    assert read(config)["accounts"][0] | {"label": "a"} == {
        "label": "a",
        "expected_email": "a@example.com",
        "note": "old 解約済み",
        "enabled": False,
    }


def test_a_label_of_one_s_own_names_an_account_that_had_no_email(config):
    write(config, '{"accounts": [{"label": "acc1"}]}')

    assert add(config, [Memo("a@example.com")], "acc1")[0].result == "updated"
    with pytest.raises(UsageError, match="acc1 is another account already"):
        add(config, [Memo("b@example.com")], "acc1")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"accounts": {}}',
        '{"accounts": null}',
        '{"accounts": ["a"]}',
        '{"accounts": [], "accounts": [{"label": "a"}]}',
        '{"accounts": [{"label": "a"}, {"label": "A"}]}',
        '{"acounts": []}',
        '{"accounts": [{"label": "a", "note": 3}]}',
        "",
    ],
)
def test_a_broken_file_is_refused_and_left_as_it_is(config, text):
    write(config, text)

    with pytest.raises(ConfigError):
        add(config, [Memo("a@example.com")])

    assert config.accounts_file.read_text() == text


def test_a_change_that_would_break_the_file_is_refused(config):
    write(config, '{"accounts": [{"label": "a"}]}')

    with pytest.raises(ConfigError, match="note"), edited_accounts(config) as accounts:
        accounts.get("a")["note"] = "x" * 2001

    assert read(config) == {"accounts": [{"label": "a"}]}


def test_a_link_to_the_file_stays_a_link(config, tmp_path):
    real = tmp_path / "elsewhere.json"
    real.write_text('{"accounts": []}')
    config.accounts_file.symlink_to(real)

    add(config, [Memo("a@example.com")])

    assert config.accounts_file.is_symlink()
    assert len(json.loads(real.read_text())["accounts"]) == 1


def test_changes_at_the_same_time_are_all_there(config):
    threads = [threading.Thread(target=add, args=(config, [Memo(f"a{n}@example.com")])) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(read(config)["accounts"]) == 12


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec=None)),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=9), children, max_size=3),
    max_leaves=8,
)
text_values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
entries = st.fixed_dictionaries(
    {"label": st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)},
    optional={
        "provider": st.sampled_from(["codex", "anthropic", "later"]),
        "enabled": st.booleans() | st.none(),
        "note": text_values,
        "expected_plan_type": text_values,
        "home": text_values.filter(lambda home: not home.startswith("~")),  # other users' homes are a fault
        "anthropic_model": text_values | st.none(),
    },
)
documents = st.fixed_dictionaries(
    {"accounts": st.lists(entries, max_size=4, unique_by=lambda entry: entry["label"])},
    optional={
        "collector_url": anything,
        "manual_refresh": anything,
        "poll_interval_sec": anything,
        "codex_cli_version": anything,
        "agent": st.just({"rpc_timeout_sec": 20}),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(document=documents, is_escaped=st.booleans())
def test_whatever_the_file_holds_comes_back_with_one_account_more(config, document, is_escaped):
    write(config, json.dumps(document)) if is_escaped else config.accounts_file.write_bytes(encode_accounts(document))

    add(config, [Memo("new@example.com")])

    after = read(config)
    assert list(after) == list(document)
    assert after["accounts"].pop()["expected_email"] == "new@example.com"
    assert after == document
