"""Whom the rounds leave alone: a dead login for an hour, anybody for as long as their provider asks for it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hostagent.accounts import Account
from hostagent.errors import ProbeFault
from hostagent.pauses import Pauses, read_pauses
from hostagent.snapshot import Snapshot, SnapshotError


@pytest.fixture
def account(tmp_path: Path) -> Account:
    home = tmp_path / "acc1/.codex"
    home.mkdir(parents=True)
    (home / "auth.json").write_text("{}")
    return Account("acc1", "codex", home.parent, home)


def snapshot(code: str | None, retry_after_seconds: float | None = None) -> Snapshot:
    error = SnapshotError.from_fault(ProbeFault(code)) if code else None
    return Snapshot("acc1", datetime.now(UTC), {}, error=error, retry_after_seconds=retry_after_seconds)


@pytest.mark.parametrize("code", ["login_expired", "wrong_credentials"])
def test_a_dead_login_is_left_alone_also_after_a_restart(tmp_path, account, code):
    Pauses(tmp_path).note(account, snapshot(code))

    assert not Pauses(tmp_path).is_worth_asking(account)


@pytest.mark.parametrize("code", [None, "network", "timeout", "auth_temporary", "upstream_throttled"])
def test_any_other_outcome_is_asked_again_at_the_next_round(tmp_path, account, code):
    pauses = Pauses(tmp_path)
    pauses.note(account, snapshot("login_expired"))

    pauses.note(account, snapshot(code))

    assert pauses.is_worth_asking(account)
    assert Pauses(tmp_path).is_worth_asking(account)


def test_a_changed_file_is_asked_at_once(tmp_path, account):
    pauses = Pauses(tmp_path)
    pauses.note(account, snapshot("login_expired"))

    account.login_file.write_text('{"tokens": {}}')

    assert pauses.is_worth_asking(account)


def test_a_file_that_appears_is_asked_at_once(tmp_path, account):
    account.login_file.unlink()
    pauses = Pauses(tmp_path)
    pauses.note(account, snapshot("login_required"))
    assert not pauses.is_worth_asking(account)

    account.login_file.write_text("{}")

    assert pauses.is_worth_asking(account)


@pytest.mark.parametrize("later", [3601, -10 * 365 * 86_400])
def test_an_hour_later_or_after_a_jump_back_of_the_clock_it_is_asked_again(tmp_path, account, monkeypatch, later):
    pauses = Pauses(tmp_path)
    pauses.note(account, snapshot("login_expired"))
    moment = time.time() + later
    monkeypatch.setattr("time.time", lambda: moment)

    assert pauses.is_worth_asking(account)


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[float], None]:
    """Seconds from now."""
    now = time.time()
    return lambda later: monkeypatch.setattr("time.time", lambda: now + later)


@pytest.mark.parametrize("code", [None, "upstream_error"])
def test_a_provider_that_asks_for_it_is_left_alone_for_so_long(tmp_path, account, set_clock, code):
    Pauses(tmp_path).note(account, snapshot(code, retry_after_seconds=120))

    set_clock(119)
    assert not Pauses(tmp_path).is_worth_asking(account)
    set_clock(121)
    assert Pauses(tmp_path).is_worth_asking(account)


def test_no_provider_is_left_alone_for_more_than_an_hour(tmp_path, account, set_clock):
    Pauses(tmp_path).note(account, snapshot("upstream_error", retry_after_seconds=1e9))

    set_clock(3601)

    assert Pauses(tmp_path).is_worth_asking(account)


def test_a_dead_login_is_known_since_it_was_first_found_dead(tmp_path, account, set_clock):
    Pauses(tmp_path).note(account, snapshot("login_expired"))
    found_at = time.time()

    for hours in (1, 2):
        set_clock(3601 * hours)
        Pauses(tmp_path).note(account, snapshot("login_expired"))

    pause = read_pauses(tmp_path)["acc1"]
    assert (pause.code, pause.is_dead_login) == ("login_expired", True)
    assert abs(pause.since - found_at) < 5
    assert abs(pause.ends_at - found_at - 3601 * 2 - 3600) < 5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"acc1": 3}',
        b'{"acc1": {"file": null, "asked_at": "x"}}',
        b'{"acc1": {"code": null, "since": "x", "asked_at": 1, "seconds": 1, "file": null}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_costs_one_probe_and_nothing_else(tmp_path, account, content):
    (tmp_path / "pauses.json").write_bytes(content)

    assert Pauses(tmp_path).is_worth_asking(account)
