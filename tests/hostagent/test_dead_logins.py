"""A login that only a person can mend is asked once an hour, or when its file changes."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hostagent.accounts import Account
from hostagent.dead_logins import DeadLogins
from hostagent.errors import ProbeFault
from hostagent.snapshot import Snapshot, SnapshotError


@pytest.fixture
def account(tmp_path: Path) -> Account:
    home = tmp_path / "acc1/.codex"
    home.mkdir(parents=True)
    (home / "auth.json").write_text("{}")
    return Account("acc1", "codex", home.parent, home)


def snapshot(code: str | None) -> Snapshot:
    error = SnapshotError.from_fault(ProbeFault(code)) if code else None
    return Snapshot("acc1", datetime.now(UTC), {}, error=error)


@pytest.mark.parametrize("code", ["login_expired", "wrong_credentials"])
def test_a_dead_login_is_left_alone_also_after_a_restart(tmp_path, account, code):
    DeadLogins(tmp_path).note(account, snapshot(code))

    assert not DeadLogins(tmp_path).is_worth_asking(account)


@pytest.mark.parametrize("code", [None, "network", "timeout", "auth_temporary", "upstream_throttled"])
def test_any_other_outcome_is_asked_again_at_the_next_round(tmp_path, account, code):
    logins = DeadLogins(tmp_path)
    logins.note(account, snapshot("login_expired"))

    logins.note(account, snapshot(code))

    assert logins.is_worth_asking(account)
    assert DeadLogins(tmp_path).is_worth_asking(account)


def test_a_changed_file_is_asked_at_once(tmp_path, account):
    logins = DeadLogins(tmp_path)
    logins.note(account, snapshot("login_expired"))

    account.login_file.write_text('{"tokens": {}}')

    assert logins.is_worth_asking(account)


def test_a_file_that_appears_is_asked_at_once(tmp_path, account):
    account.login_file.unlink()
    logins = DeadLogins(tmp_path)
    logins.note(account, snapshot("login_required"))
    assert not logins.is_worth_asking(account)

    account.login_file.write_text("{}")

    assert logins.is_worth_asking(account)


@pytest.mark.parametrize("later", [3601, -10 * 365 * 86_400])
def test_an_hour_later_or_after_a_jump_back_of_the_clock_it_is_asked_again(tmp_path, account, monkeypatch, later):
    logins = DeadLogins(tmp_path)
    logins.note(account, snapshot("login_expired"))
    moment = time.time() + later
    monkeypatch.setattr("time.time", lambda: moment)

    assert logins.is_worth_asking(account)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"acc1": 3}', b'{"acc1": {"file": null, "asked_at": "x"}}'])
def test_a_damaged_file_costs_one_probe_and_nothing_else(tmp_path, account, content):
    (tmp_path / "dead-logins.json").write_bytes(content)

    assert DeadLogins(tmp_path).is_worth_asking(account)
