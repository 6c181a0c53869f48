"""The whole path with every codex that has to work: log in, read, refresh, push."""

import json

import pytest
from fakes.chatgpt import Fault, usage


@pytest.fixture
def joined_host(joined_host, any_codex):
    joined_host.codex = any_codex
    return joined_host


def test_a_reading_comes_through(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=None, weekly=31)))

    done = joined_host.run("push")

    assert done.returncode == 0, done.stderr
    item = collector.latest()["acc1"]
    assert item["state"] == "ok"
    assert {name: w["usedPercent"] for name, w in item["parsed"]["normalized"]["windows"].items()} == {"weekly": 31}
    assert item["parsed"]["normalized"]["account_email"] == "A1@example.com"


def test_a_home_without_login_asks_for_one(joined_host, collector):
    joined_host.add_account("acc1")

    joined_host.run("push")

    assert collector.latest()["acc1"]["error"]["code"] == "login_required"


def test_an_api_key_has_no_rate_windows(joined_host):
    home = joined_host.add_account("acc1")
    (home / "auth.json").write_text(json.dumps({"OPENAI_API_KEY": "sk-fake-1234567890", "tokens": None}))

    done = joined_host.run("probe", "acc1", "--json")

    assert done.returncode == 77
    assert json.loads(done.stdout)["error"]["code"] == "api_key_login"


def test_a_due_refresh_is_done_once(joined_host, upstream):
    login = upstream.add_account("A1")
    home = joined_host.add_account("acc1", login)
    # Codex before 0.125 goes by the age of the last refresh, later ones by the token's own expiry.
    upstream.seed_home(login, home, expires_in_seconds=-60, last_refresh_age_seconds=30 * 86_400)

    first = joined_host.run("probe", "acc1")
    second = joined_host.run("probe", "acc1")

    assert (first.returncode, second.returncode) == (0, 0), first.stdout
    assert (login.refreshes, login.reused_refresh_tokens) == (1, 0)


def test_a_spent_refresh_token_asks_for_a_login(joined_host, upstream):
    login = upstream.add_account("A1")
    home = joined_host.add_account("acc1", login)
    upstream.seed_home(login, home, expires_in_seconds=-60, last_refresh_age_seconds=30 * 86_400)
    login.refresh_mode = "reused"

    done = joined_host.run("probe", "acc1", "--json")

    # 0.125 does not tell a spent refresh token from a refused access token.
    expected = "unauthorized" if "0.125.0" in str(joined_host.codex) else "login_expired"
    assert json.loads(done.stdout)["error"]["code"] == expected


def test_a_throttled_upstream_is_not_a_dead_login(joined_host, upstream):
    login = upstream.add_account("A1")
    joined_host.add_account("acc1", login)
    login.faults["usage"] = Fault(status=429)

    done = joined_host.run("probe", "acc1", "--json")

    assert done.returncode == 75
    assert json.loads(done.stdout)["error"]["code"] == "upstream_throttled"
