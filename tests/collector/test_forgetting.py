"""DELETE /registry/{host}/{label} and /hosts/{host}: what is no more goes out of sight, or out of the database."""

import pytest

from collector.models import Account, Event, Host, RefreshItem, Wish
from collector.queries import tokens


@pytest.fixture
def host(agent):
    """The agent of mac-mini, with a reading of acc1 and one of acc2."""
    agent.register("acc1", "acc2")
    agent.send(agent.reading("acc1"), agent.reading("acc2"))
    return agent


def problem_of(response) -> tuple[int, str]:
    return response.status_code, response.get_json()["code"]


def labels(reader) -> list[tuple[str, str]]:
    return [(item["host"], item["account_label"]) for item in reader.latest()]


def hosts(reader) -> list[str]:
    return [item["host"] for item in reader.get("/hosts").get_json()["items"]]


def changes(reader, since: str) -> dict:
    return reader.get(f"/latest?since={since}").get_json()


def revoke_token_of(agent, clock) -> None:
    tokens.revoke_token(tokens.public_id(agent.token), clock())


def test_an_account_that_its_host_names_is_not_forgotten(host, admin, reader):
    before = reader.get("/latest").data

    for query in ("", "?purge=0", "?purge=1"):
        assert problem_of(admin.delete(f"/registry/mac-mini/acc1{query}")) == (409, "still_registered")

    assert reader.get("/latest").data == before


def test_a_silent_host_may_come_back_and_keeps_its_accounts(host, admin, clock):
    clock.advance(days=1)

    response = admin.delete("/registry/mac-mini/acc1")

    assert problem_of(response) == (409, "still_registered")
    assert "hostagent remove acc1" in response.get_json()["detail"]


def test_what_the_host_no_longer_names_is_forgotten_and_keeps_its_history(host, admin, reader):
    host.register("acc1")

    assert admin.delete("/registry/mac-mini/acc2").status_code == 204

    assert labels(reader) == [("mac-mini", "acc1")]
    assert len(reader.events("acc2")) == 1


def test_an_account_of_a_host_without_a_token_leaves_the_page(host, admin, reader, clock):
    since = reader.revision()
    revoke_token_of(host, clock)

    admin.delete("/registry/mac-mini/acc2")

    assert changes(reader, since)["removed"] == [{"host": "mac-mini", "account_label": "acc2"}]
    assert labels(reader) == [("mac-mini", "acc1")]


def test_a_purged_account_leaves_nothing_behind(host, admin, reader):
    reader.post("/refresh", {"accounts": [{"host": "mac-mini", "account_label": label} for label in ("acc1", "acc2")]})
    host.send(host.failure("network", "acc2"))
    reader.post("/refresh", {"accounts": [{"host": "mac-mini", "account_label": "acc2"}]})
    host.register("acc1")

    assert admin.delete("/registry/mac-mini/acc2?purge=1").status_code == 204

    assert reader.get("/events/acc2").status_code == 404
    assert [account.label for account in Account.select()] == ["acc1"]
    assert {item.label for item in RefreshItem.select()} == {"acc1"}
    assert (Event.select().count(), Wish.select().count()) == (1, 0)
    assert problem_of(admin.delete("/registry/mac-mini/acc2")) == (404, "unknown_account")


def test_who_follows_is_told_everything_after_a_purge(host, admin, reader):
    before_removal = reader.revision()
    host.register("acc1")
    after_removal = reader.revision()

    admin.delete("/registry/mac-mini/acc2?purge=1")

    for since in (before_removal, after_removal):
        answer = changes(reader, since)
        assert "removed" not in answer
        assert [item["account_label"] for item in answer["items"]] == ["acc1"]
    assert changes(reader, reader.revision())["items"] == []


def test_a_purged_account_comes_back_as_a_new_one(host, admin, reader):
    host.register("acc1")
    admin.delete("/registry/mac-mini/acc2?purge=1")
    assert host.send(host.reading("acc2")) == [("rejected", "unknown_account")]

    host.register("acc1", "acc2")

    assert (reader.item("acc2")["state"], reader.events("acc2")) == ("pending", [])


def test_other_accounts_hear_that_a_login_has_left(host, make_agent, admin, reader, clock):
    other = make_agent("other")
    other.register("acc1")
    other.send(other.reading())
    revoke_token_of(other, clock)
    since = reader.revision()

    admin.delete("/registry/other/acc1")

    also_at = {item["account_label"]: item["also_at"] for item in changes(reader, since)["items"]}
    assert also_at["acc1"] == [{"host": "mac-mini", "account_label": "acc2"}]


def test_a_host_that_speaks_and_names_accounts_is_not_forgotten(host, admin, clock):
    clock.advance(minutes=14)

    response = admin.delete("/hosts/mac-mini?purge=1")

    assert problem_of(response) == (409, "still_registered")
    assert host.get("/session").status_code == 200


@pytest.mark.parametrize("state", ["silent", "without a token", "without accounts"])
def test_a_host_that_is_no_more_is_forgotten_with_its_tokens_and_accounts(host, admin, reader, clock, state):
    since = reader.revision()
    if state == "silent":
        clock.advance(minutes=15)
    elif state == "without a token":
        revoke_token_of(host, clock)
    else:
        host.register()

    assert admin.delete("/hosts/mac-mini").status_code == 204

    assert host.get("/session").status_code == 401
    assert (labels(reader), hosts(reader)) == ([], [])
    assert len(changes(reader, since)["removed"]) == 2
    assert len(reader.events("acc1")) == 1


def test_a_host_never_heard_of_is_forgotten(make_agent, admin, reader):
    make_agent("typing-mistake")

    assert admin.delete("/hosts/typing-mistake").status_code == 204

    assert hosts(reader) == []


def test_a_purged_host_leaves_its_name_in_the_list_of_tokens_and_nothing_else(host, make_agent, admin, reader, clock):
    other = make_agent("other")
    other.register("acc1")
    other.send(other.reading())
    clock.advance(minutes=15)
    other.get("/session")

    assert admin.delete("/hosts/mac-mini?purge=1").status_code == 204

    assert labels(reader) == [("other", "acc1")]
    assert (len(reader.events("acc1")), Event.select().count()) == (1, 1)
    assert Host.get(Host.name == "mac-mini").last_contact_at is None
    assert {item["host"] for item in admin.get("/tokens").get_json()["items"]} == {"mac-mini", "other", None}


def test_a_forgotten_host_comes_back_with_a_new_token(host, admin, reader, make_agent, clock):
    clock.advance(minutes=15)
    admin.delete("/hosts/mac-mini")
    again = make_agent("mac-mini")

    again.register("acc1")

    assert labels(reader) == [("mac-mini", "acc1")]
    assert reader.used_percent() == 42
    assert hosts(reader) == ["mac-mini"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/registry/mac-mini/acc9", "unknown_account"),
        ("/registry/nowhere/acc1", "unknown_account"),
        ("/registry/mac-mini/%00", "unknown_account"),
        ("/registry/%00/acc1", "unknown_host"),
        ("/hosts/nowhere", "unknown_host"),
        ("/hosts/..%0a", "unknown_host"),
    ],
)
def test_forgetting_what_never_was_is_told_plainly(host, admin, path, code):
    assert problem_of(admin.delete(path)) == (404, code)


@pytest.mark.parametrize("purge", ["", "yes", "2"])
def test_a_purge_is_never_guessed_at(host, admin, purge):
    host.register("acc1")

    assert problem_of(admin.delete(f"/registry/mac-mini/acc2?purge={purge}")) == (422, "invalid_request")
    assert Event.select().count() == 2
