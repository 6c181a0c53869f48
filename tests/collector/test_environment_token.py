"""COLLECTOR_ADMIN_TOKEN: an admin's token for platforms where nobody can type a command."""

import pytest

from collector.queries import environment_token, tokens
from collector.queries.tokens import Kind

TOKEN = f"csfm_0a1b2c3d4e5f_{'0123456789abcdef' * 4}"
OTHER = f"csfm_5e4d3c2b1a0f_{'fedcba9876543210' * 4}"


@pytest.fixture
def start(app, clock):
    """What a start of the collector does with the token in its environment, or with none."""

    def adopt(token: str | None = None) -> None:
        environment_token.adopt(token, clock())

    return adopt


@pytest.fixture
def holder(make_caller, start):
    start(TOKEN)
    return make_caller(TOKEN)


def item_of(admin, token: str) -> dict:
    return next(item for item in admin.get("/tokens").get_json()["items"] if item["id"] == tokens.public_id(token))


def test_the_token_of_the_environment_is_an_admins(holder):
    assert holder.get("/session").get_json() == {"kind": "admin", "host": None, "read_only": False}
    assert item_of(holder, TOKEN)["source"] == "environment"


def test_only_the_whole_token_is_good(holder, make_caller):
    assert make_caller(TOKEN[:-1] + "0").get("/session").status_code == 401


def test_the_token_of_the_environment_cannot_be_revoked_here(holder):
    response = holder.delete(f"/tokens/{tokens.public_id(TOKEN)}")

    assert (response.status_code, response.get_json()["code"]) == (409, "token_from_environment")
    assert "COLLECTOR_ADMIN_TOKEN" in response.get_json()["detail"]
    assert holder.get("/session").status_code == 200


def test_another_start_with_it_changes_nothing(holder, start, make_page):
    page = make_page(token=TOKEN)

    start(TOKEN)

    assert page.is_signed_in()
    assert len(holder.get("/tokens").get_json()["items"]) == 1


@pytest.mark.parametrize("instead", [None, OTHER])
def test_a_token_that_the_environment_no_longer_gives_is_revoked_with_its_sessions(
    holder, start, admin, make_page, instead
):
    page = make_page(token=TOKEN)

    start(instead)

    assert holder.get("/session").status_code == 401
    assert not page.is_signed_in()
    assert item_of(admin, TOKEN)["revoked_at"] is not None
    assert admin.delete(f"/tokens/{tokens.public_id(TOKEN)}").status_code == 204


def test_a_session_does_not_come_back_with_the_token(holder, start, make_page):
    page = make_page(token=TOKEN)
    start(None)

    start(TOKEN)

    assert holder.get("/session").status_code == 200
    assert not page.is_signed_in()


def test_tokens_that_were_made_are_left_alone(start, reader, admin):
    start(TOKEN)
    start(None)

    assert (reader.get("/latest").status_code, admin.get("/tokens").status_code) == (200, 200)


def test_a_token_that_was_made_may_be_given_by_the_environment(start, admin, make_token):
    made = make_token(Kind.ADMIN)

    start(made)

    assert item_of(admin, made)["source"] == "environment"
    start(None)
    assert item_of(admin, made)["revoked_at"] is not None
