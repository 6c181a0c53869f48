"""The one real path: the real codex, the host agent, the collector, GET /latest."""

import json
import os
import random

import pytest
import requests
from fakes.chatgpt import usage


def test_numbers_set_upstream_stand_in_latest(joined_host, collector, upstream):
    percents = [random.randint(1, 99) for _ in range(4)]
    joined_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=percents[0], weekly=percents[1])))
    weekly_only = upstream.add_account("A2", plan="free", usage=usage(five_hour=None, weekly=percents[2]))
    joined_host.add_account("weekly", weekly_only)
    joined_host.add_account("nobody")

    done = joined_host.run("push", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["delivered"] == 3
    items = collector.latest()
    assert {label: item["state"] for label, item in items.items()} == {
        "acc1": "ok",
        "weekly": "ok",
        "nobody": "login_required",
    }
    assert used(items["acc1"]) == {"5h": percents[0], "weekly": percents[1]}
    assert used(items["weekly"]) == {"weekly": percents[2]}
    assert items["nobody"]["error"]["code"] == "login_required"
    assert items["nobody"]["raw"] is None


def test_a_failed_probe_leaves_the_last_good_reading_in_place(joined_host, collector, upstream):
    login = upstream.add_account("A1", usage=usage(five_hour=42, weekly=7))
    home = joined_host.add_account("acc1", login)
    joined_host.run("push")
    (home / "auth.json").unlink()

    done = joined_host.run("push")

    assert done.returncode == 0, "a failed probe is delivered too"
    item = collector.latest()["acc1"]
    assert (item["state"], item["error"]["code"]) == ("login_required", "login_required")
    assert used(item) == {"5h": 42, "weekly": 7}
    assert item["attempted_at"] > item["ts"]


def test_another_login_than_expected_is_a_wrong_account(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"), expected_email="somebody@example.com")

    joined_host.run("push")

    assert collector.latest()["acc1"]["state"] == "wrong_account"


def test_only_the_named_accounts_are_probed_but_all_are_registered(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.add_account("acc2", upstream.add_account("A2"))
    joined_host.add_account("off", upstream.add_account("A3"), enabled=False)

    joined_host.run("push", "acc2")

    states = {label: item["state"] for label, item in collector.latest().items()}
    assert states == {"acc1": "pending", "acc2": "ok", "off": "disabled"}


def test_what_could_not_be_delivered_goes_with_the_next_push_in_order(joined_host, collector, upstream):
    login = upstream.add_account("A1", usage=usage(five_hour=1))
    joined_host.add_account("acc1", login)
    url, joined_host.settings["collector_url"] = joined_host.settings["collector_url"], "http://127.0.0.1:9"
    away = joined_host.run("push")
    login.usage = usage(five_hour=2)
    joined_host.settings["collector_url"] = url

    done = joined_host.run("push")

    assert away.returncode == 69
    assert "http://127.0.0.1:9 is away: Connection refused" in away.stderr
    assert "2 snapshots delivered" in done.stdout
    assert used(collector.latest()["acc1"])["5h"] == 2
    events = collector.get("/events/acc1")["items"]
    assert [event["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] for event in events] == [2, 1]


def test_a_registry_from_a_broken_file_is_never_sent(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.run("push")
    joined_host.accounts.append({"label": "../escape"})

    done = joined_host.run("push")

    assert done.returncode == 78
    assert "accounts[1].label" in done.stderr
    assert list(collector.latest()) == ["acc1"]


def test_an_empty_registry_is_not_sent_either(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.run("push")
    joined_host.accounts.clear()

    done = joined_host.run("push")

    assert done.returncode == 78
    assert list(collector.latest()) == ["acc1"]


def test_a_refused_token_says_how_to_get_another(joined_host, collector, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    token_file = joined_host.folder / "collector.token"
    collector.run("token", "revoke", token_file.read_text().split("_")[1])

    done = joined_host.run("push")

    assert done.returncode == 78
    assert "collector token create --kind agent --host" in done.stderr


@pytest.mark.parametrize("secret", ["refresh_token", "access_token", "id_token"])
def test_no_token_of_a_login_reaches_the_collector(joined_host, collector, upstream, tmp_path, secret):
    home = joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.run("push")

    token = json.loads((home / "auth.json").read_text())["tokens"][secret]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "collector").rglob("*") if path.is_file())
    assert token.encode() not in stored
    assert str(home).encode() not in stored
    assert b"A1@example.com" in stored


def test_the_readers_need_a_token(collector):
    assert requests.get(f"{collector.url}/latest", timeout=10).status_code == 401


def used(item: dict) -> dict[str, int]:
    return {name: window["usedPercent"] for name, window in item["parsed"]["normalized"]["windows"].items()}


def test_a_collector_called_by_another_name_says_which_one_it_has(joined_host, collector):
    joined_host.settings |= {"collector_url": collector.url.replace("127.0.0.1", "0.0.0.0"), "insecure": True}

    done = joined_host.run("register", "--allow-empty")

    assert done.returncode == os.EX_UNAVAILABLE
    assert "set COLLECTOR_PUBLIC_URL" in done.stderr
