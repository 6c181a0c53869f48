"""A probe never costs a login: single-use refresh tokens and an issuer that answers late."""

import json
import os
import signal
from pathlib import Path

import pytest

from hostagent.config import read_config
from hostagent.process import stop_on_signals
from hostagent.providers.codex import probe

ISSUER_DELAY_SECONDS = 15


@pytest.fixture
def login(host, upstream):
    """An account whose access token has expired, so that the next probe has to refresh it."""
    login = upstream.add_account("A1")
    home = host.add_account("acc1", login)
    upstream.seed_home(login, home, expires_in_seconds=-60)
    login.refresh_reply_delay_seconds = ISSUER_DELAY_SECONDS
    return login


def refresh_token(home: Path) -> str:
    return json.loads((home / "auth.json").read_text())["tokens"]["refresh_token"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_a_token_refresh_does_not_cost_the_login(host, upstream, login, number):
    spent = refresh_token(host.home("acc1"))
    agent = host.start("probe", "acc1")
    upstream.wait_for("POST /oauth/token")

    agent.send_signal(number)

    _, stderr = agent.communicate(timeout=60)
    assert agent.returncode == os.EX_TEMPFAIL
    assert "stopped" in stderr
    assert_login_survived(host, login, spent)


def test_a_killed_agent_does_not_cost_the_login(host, upstream, login):
    spent = refresh_token(host.home("acc1"))
    agent = host.start("probe", "acc1")
    upstream.wait_for("POST /oauth/token")

    agent.kill()
    agent.communicate()

    # codex still holds the home's lock, so this probe waits for it instead of spending the same token again.
    assert_login_survived(host, login, spent)


def test_the_agents_own_deadline_does_not_cost_the_login(host, login):
    host.write_files()
    spent = refresh_token(host.home("acc1"))
    config, accounts = read_config(host.folder / "hostagent.yaml")

    with stop_on_signals() as stop:
        snapshot = probe(accounts.find("acc1"), config, stop, deadline_seconds=2)

    assert snapshot.error is not None
    assert snapshot.error.code == "timeout"
    assert_login_survived(host, login, spent)


def assert_login_survived(host, login, spent: str) -> None:
    login.refresh_reply_delay_seconds = 0
    again = host.run("probe", "acc1", "--json")
    assert again.returncode == 0, again.stdout
    assert refresh_token(host.home("acc1")) != spent
    assert login.reused_refresh_tokens == 0
    assert login.refreshes == 1
