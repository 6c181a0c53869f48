"""/tokens and /sessions: what an admin sees of the keys to the API, and ends."""

import pytest

from collector.queries import tokens
from collector.queries.tokens import Kind
from collector.wire import MAX_CREDENTIAL_BYTES


def listed(admin, path: str) -> list[dict]:
    return admin.get(path).get_json()["items"]


def listed_token(admin, public_id: str) -> dict:
    return next(item for item in listed(admin, "/tokens") if item["id"] == public_id)


def problem_of(response) -> tuple[int, str]:
    return response.status_code, response.get_json()["code"]


@pytest.mark.parametrize(
    ("wanted", "prefix"),
    [
        ({"kind": "agent", "host": "mac-mini"}, "csfa_"),
        ({"kind": "viewer"}, "csfv_"),
        ({"kind": "viewer", "read_only": True}, "csfv_"),
        ({"kind": "admin", "host": None}, "csfm_"),
    ],
)
def test_a_token_is_made_as_it_was_wanted_and_is_good_at_once(admin, make_caller, wanted, prefix):
    response = admin.post("/tokens", wanted)

    made = response.get_json()
    text = made.pop("token")
    who = {"kind": wanted["kind"], "host": wanted.get("host"), "read_only": wanted.get("read_only", False)}
    assert response.status_code == 201
    assert text.startswith(prefix + made["id"])
    assert made == {
        "id": made["id"],
        **who,
        "source": "created",
        "created_at": "2026-11-22T09:20:12.000Z",
        "last_used_at": None,
        "revoked_at": None,
    }
    assert listed_token(admin, made["id"]) == made
    assert make_caller(text).get("/session").get_json() == who


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ({}, "kind"),
        ({"kind": "root"}, "$.kind"),
        ({"kind": "agent"}, "host"),
        ({"kind": "viewer", "host": "mac-mini"}, "host"),
        ({"kind": "admin", "read_only": True}, "read_only"),
        ({"kind": "viewer", "read_only": 1}, "$.read_only"),
        ({"kind": "agent", "host": "../etc"}, "$.host"),
        ({"kind": "viewer", "expires": "never"}, "expires"),
        ([], "object"),
    ],
)
def test_a_token_that_cannot_be_is_refused_and_not_made(admin, wanted, place):
    response = admin.post("/tokens", wanted)

    assert problem_of(response) == (422, "invalid_request")
    assert place in response.get_json()["detail"]
    assert len(listed(admin, "/tokens")) == 1


def test_a_wish_for_a_token_is_short(admin):
    body = b'{"kind":"viewer"}' + b" " * MAX_CREDENTIAL_BYTES

    response = admin.request("POST", "/tokens", data=body, content_type="application/json")

    assert problem_of(response) == (413, "body_too_large")


def test_tokens_are_listed_with_their_use_and_without_their_secrets(admin, reader, clock):
    clock.advance(minutes=5)
    reader.get("/latest")

    response = admin.get("/tokens")

    viewer = listed_token(admin, tokens.public_id(reader.token))
    assert (viewer["created_at"], viewer["last_used_at"]) == ("2026-11-22T09:20:12.000Z", "2026-11-22T09:25:12.000Z")
    for token in (admin.token, reader.token):
        assert token.split("_")[2] not in response.text
        assert tokens.digest_of(token) not in response.text


def test_a_revoked_token_is_refused_from_the_next_request_on(admin, reader, make_page):
    page = make_page(token=reader.token)
    token_id = tokens.public_id(reader.token)

    assert admin.delete(f"/tokens/{token_id}").status_code == 204

    assert reader.get("/latest").status_code == 401
    assert not page.is_signed_in()
    assert listed_token(admin, token_id)["revoked_at"] == "2026-11-22T09:20:12.000Z"


def test_revoking_twice_changes_nothing_the_second_time(admin, reader, clock):
    token_id = tokens.public_id(reader.token)
    admin.delete(f"/tokens/{token_id}")
    clock.advance(minutes=1)

    assert admin.delete(f"/tokens/{token_id}").status_code == 204

    assert listed_token(admin, token_id)["revoked_at"] == "2026-11-22T09:20:12.000Z"


@pytest.mark.parametrize("noun", ["token", "session"])
@pytest.mark.parametrize("public_id", ["0" * 12, "nobody", "%00", "%25", "____________", "0" * 64])
def test_ending_what_is_not_there_is_told_plainly(admin, noun, public_id):
    assert problem_of(admin.delete(f"/{noun}s/{public_id}")) == (404, f"unknown_{noun}")


def test_a_sign_in_link_shows_up_as_a_token_of_its_own(admin, make_page, make_code):
    make_page(code=make_code(Kind.VIEWER))

    (session,) = listed(admin, "/sessions")

    made = listed_token(admin, session["token_id"])
    assert (made["kind"], made["source"]) == ("viewer", "signin_link")


def test_sessions_are_listed_by_an_id_that_signs_nobody_in(admin, make_page, make_token, clock):
    token = make_token(read_only=True)
    page = make_page(token=token)
    clock.advance(minutes=5)
    page.get("/latest")

    response = admin.get("/sessions")

    (item,) = response.get_json()["items"]
    assert item == {
        "id": item["id"],
        "token_id": tokens.public_id(token),
        "kind": "viewer",
        "read_only": True,
        "created_at": "2026-11-22T09:20:12.000Z",
        "last_seen_at": "2026-11-22T09:25:12.000Z",
        "current": False,
    }
    assert page.cookie() not in response.text
    assert tokens.digest_of(page.cookie()) not in response.text
    thief = make_page()
    for guess in (item["id"], item["id"].ljust(64, "0"), tokens.digest_of(page.cookie())):
        thief.set_cookie("session-8080", guess)
        assert not thief.is_signed_in()


def test_the_session_that_asks_is_told_from_the_others(make_page, make_token):
    token = make_token(Kind.ADMIN)
    mine, other = make_page(token=token), make_page(token=token)

    (current,) = [item for item in listed(mine, "/sessions") if item["current"]]

    assert tokens.digest_of(mine.cookie()).startswith(current["id"])
    assert not tokens.digest_of(other.cookie()).startswith(current["id"])


def test_a_session_that_an_admin_ends_leaves_its_token_and_the_other_browsers_alone(admin, make_page, make_token):
    token = make_token()
    ended, kept = make_page(token=token), make_page(token=token)
    first = next(item for item in listed(admin, "/sessions") if item["id"] in tokens.digest_of(ended.cookie()))

    assert admin.delete(f"/sessions/{first['id']}").status_code == 204

    assert (ended.is_signed_in(), kept.is_signed_in()) == (False, True)
    assert len(listed(admin, "/sessions")) == 1
    assert problem_of(admin.delete(f"/sessions/{first['id']}")) == (404, "unknown_session")


def test_the_token_of_a_sign_in_link_ends_with_its_session(admin, make_page, make_code):
    make_page(code=make_code())
    (session,) = listed(admin, "/sessions")

    admin.delete(f"/sessions/{session['id']}")

    assert listed_token(admin, session["token_id"])["revoked_at"] is not None


def test_what_has_ended_is_not_listed(admin, reader, make_page, make_token, clock):
    make_page(token=make_token())
    revoked = make_token()
    make_page(token=revoked)
    assert len(listed(admin, "/sessions")) == 2

    tokens.revoke_token(tokens.public_id(revoked), clock())
    assert len(listed(admin, "/sessions")) == 1

    clock.advance(days=7)
    assert listed(admin, "/sessions") == []
