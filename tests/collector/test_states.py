"""The rules that turn readings and times into states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector.states import AccountFacts, HostFacts, judge, judge_host, silent_at

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


HOST = HostFacts(last_contact_at=ago(seconds=1), poll_interval=timedelta(minutes=5))
READ = AccountFacts(
    host=HOST,
    attempted_at=ago(minutes=1),
    read_at=ago(minutes=1),
    email="you@example.com",
    plan_type="plus",
    has_room=True,
)
SILENT = replace(HOST, last_contact_at=ago(minutes=15))
STRANGER = {"expected_email": "somebody@example.com"}


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ({}, "ok", None),
        ({"enabled": False}, "disabled", None),
        ({"enabled": False, "attempted_at": None}, "disabled", None),
        ({"enabled": False, "host": SILENT}, "disabled", "host_silent"),
        ({"attempted_at": None, "read_at": None}, "pending", None),
        ({"attempted_at": None, "read_at": None, "host": SILENT}, "pending", "host_silent"),
        ({"error_code": "login_required"}, "login_required", "login_required"),
        ({"error_code": "login_expired"}, "login_required", "login_expired"),
        ({"error_code": "api_key_login"}, "login_required", "api_key_login"),
        ({"error_code": "wrong_credentials"}, "login_required", "wrong_credentials"),
        ({"error_code": "key_missing"}, "login_required", "key_missing"),
        ({"error_code": "key_missing", **STRANGER}, "login_required", "key_missing"),
        (STRANGER, "wrong_account", "email_differs"),
        ({"error_code": "network", **STRANGER}, "wrong_account", "email_differs"),
        ({"host": SILENT, **STRANGER}, "wrong_account", "email_differs"),
        ({"expected_email": " YOU@Example.com "}, "ok", None),
        ({"expected_email": "you@example.com", "email": None}, "ok", None),
        ({"expected_email": ""}, "ok", None),
        ({"error_code": "network"}, "error", "network"),
        ({"error_code": "unauthorized"}, "error", "unauthorized"),
        ({"error_code": "auth_temporary", "read_at": None}, "error", "auth_temporary"),
        ({"error_code": "network", "host": SILENT}, "error", "network"),
        ({"read_at": ago(minutes=15, seconds=59)}, "ok", None),
        ({"read_at": ago(minutes=16)}, "stale", "reading_old"),
        ({"read_at": ago(days=9), "host": replace(HOST, manual_refresh=True)}, "ok", None),
        ({"host": replace(SILENT, manual_refresh=True)}, "stale", "host_silent"),
        ({"host": SILENT}, "stale", "host_silent"),
        ({"host": SILENT, "read_at": ago(days=1)}, "stale", "host_silent"),
        ({"expected_plan_type": "pro"}, "ok", "plan_differs"),
        ({"expected_plan_type": "Plus"}, "ok", None),
        ({"expected_plan_type": "pro", "plan_type": None}, "ok", None),
        ({"expected_plan_type": "pro", "read_at": ago(minutes=16)}, "stale", "reading_old"),
    ],
)
def test_the_first_rule_that_applies_gives_the_state(change, state, reason):
    verdict = judge(replace(READ, **change), NOW)

    assert (verdict.state, verdict.reason) == (state, reason)


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        ({}, True),
        ({"expected_plan_type": "pro"}, True),
        ({"has_room": False}, False),
        ({"enabled": False}, False),
        ({"error_code": "network"}, False),
        ({"read_at": ago(minutes=16)}, False),
        ({"host": SILENT}, False),
        (STRANGER, False),
    ],
)
def test_only_an_ok_account_with_room_is_usable(change, usable):
    assert judge(replace(READ, **change), NOW).usable is usable


@pytest.mark.parametrize(
    ("interval_seconds", "quiet_seconds", "state"),
    [
        (300, 0, "online"),
        (300, 449, "online"),
        (300, 450, "late"),
        (300, 899, "late"),
        (300, 900, "silent"),
        (30, 299, "late"),
        (30, 300, "silent"),
        (3600, 3 * 3600 - 1, "late"),
        (3600, 3 * 3600, "silent"),
        (300, -60, "online"),
    ],
)
def test_a_host_is_late_then_silent(interval_seconds, quiet_seconds, state):
    interval = timedelta(seconds=interval_seconds)

    assert judge_host(HostFacts(ago(seconds=quiet_seconds), interval), NOW) == state


@pytest.mark.parametrize(
    ("interval_seconds", "silent_after_seconds"),
    [(1, 300), (60, 300), (100, 300), (101, 303), (300, 900), (3600, 10800)],
)
def test_the_deadline_of_a_host_is_the_second_in_which_it_falls_silent(interval_seconds, silent_after_seconds):
    host = HostFacts(NOW, timedelta(seconds=interval_seconds))
    deadline = NOW + timedelta(seconds=silent_after_seconds)

    assert silent_at(host) == deadline
    assert judge_host(host, deadline) == "silent"
    assert judge_host(host, deadline - timedelta(microseconds=1)) == "late"


def test_only_a_silent_host_is_silent_since_its_last_contact():
    assert judge(replace(READ, host=SILENT), NOW).host_silent_since == ago(minutes=15)
    assert judge(READ, NOW).host_silent_since is None


def test_a_host_that_never_called_is_never():
    assert silent_at(HostFacts()) is None
    assert judge_host(HostFacts(), NOW) == "never"


def test_a_reading_is_stale_after_three_intervals_and_a_minute():
    hourly = replace(HOST, poll_interval=timedelta(hours=1))

    assert judge(replace(READ, host=hourly), NOW).stale_at == ago(minutes=1) + timedelta(hours=3, minutes=1)
    assert judge(replace(READ, read_at=None, error_code="network"), NOW).stale_at is None
