"""POST and DELETE /session: signing in with a token or a link, and out again."""

import threading

import pytest

from collector.database import database, run
from collector.queries import sessions, tokens
from collector.queries.tokens import Kind


def rows(table: str) -> int:
    return run(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize(("kind", "read_only"), [(Kind.VIEWER, False), (Kind.VIEWER, True), (Kind.ADMIN, False)])
def test_a_token_signs_in_as_what_it_is(visitor, make_token, kind, read_only):
    response = visitor.sign_in(token=make_token(kind, read_only))

    who = {"kind": kind, "host": None, "read_only": read_only}
    assert (response.status_code, response.get_json()) == (200, who)
    assert visitor.get("/session").get_json() == who
    assert visitor.get("/latest").status_code == 200


@pytest.mark.parametrize("kind", [Kind.VIEWER, Kind.ADMIN])
def test_a_code_signs_in_as_what_it_was_made_for(visitor, make_code, kind):
    response = visitor.sign_in(code=make_code(kind))

    assert response.get_json() == {"kind": kind, "host": None, "read_only": False}
    assert visitor.is_signed_in()


def test_a_code_signs_in_once_only(make_page, make_code):
    code = make_code()
    first = make_page(code=code)

    assert make_page().sign_in(code=code).status_code == 401
    assert first.is_signed_in()


def redeem_at_once(code: str, clock, times: int) -> list[bool]:
    start, won = threading.Barrier(times), []

    def redeem() -> None:
        start.wait()
        won.append(sessions.redeem_code(code, clock()) is not None)
        database.close()

    threads = [threading.Thread(target=redeem) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won


def test_of_many_who_send_a_code_at_once_one_gets_in(make_code, clock):
    assert sorted(redeem_at_once(make_code(), clock, 8)) == [False] * 7 + [True]

    assert (rows("session"), rows("token")) == (1, 1)


def test_a_session_begins_lasts_and_ends(make_page, make_code, clock):
    left, kept = make_page(code=make_code()), make_page(code=make_code())

    left.sign_out()
    clock.advance(days=6)

    assert (left.is_signed_in(), kept.is_signed_in()) == (False, True)
    clock.advance(days=6)
    assert kept.is_signed_in()
    clock.advance(days=7)
    assert not kept.is_signed_in()


def test_a_code_older_than_ten_minutes_is_no_good(visitor, make_code, clock):
    codes = [make_code(), make_code()]

    clock.advance(minutes=9, seconds=59)
    assert visitor.sign_in(code=codes[0]).status_code == 200
    clock.advance(seconds=1)
    assert visitor.sign_in(code=codes[1]).status_code == 401


def test_a_session_by_code_has_a_token_that_can_be_listed_and_revoked(make_page, make_code, clock):
    page = make_page(code=make_code())
    (made,) = tokens.list_tokens()
    assert (made.kind, made.revoked_at) == (Kind.ADMIN, None)

    tokens.revoke_token(made.id, clock())

    assert not page.is_signed_in()


def test_a_token_that_was_made_for_a_session_ends_with_it(make_page, make_code, clock):
    page, later = make_page(code=make_code()), make_page(code=make_code())

    page.sign_out()
    assert [token.revoked_at for token in tokens.list_tokens() if token.revoked_at] == [clock()]
    assert later.is_signed_in()


def test_an_agent_cannot_sign_in(visitor, make_token):
    response = visitor.sign_in(token=make_token(Kind.AGENT))

    assert (response.status_code, response.get_json()["code"]) == (403, "forbidden")
    assert "Set-Cookie" not in response.headers
    assert rows("session") == 0


def test_whatever_is_worth_nothing_gets_the_same_answer(visitor, make_token, make_code, make_page, clock):
    viewer, used, expired = make_token(), make_code(), make_code()
    make_page(code=used)
    revoked = make_token(Kind.ADMIN)
    tokens.revoke_token(revoked.split("_")[1], clock())
    clock.advance(minutes=10)
    wrong = [viewer[:-1] + ("0" if viewer[-1] != "0" else "1"), f"csfv_{'0' * 12}_{'0' * 64}", revoked, "x", ""]
    spent = [used, expired, "0" * 64, "x", ""]

    answers = [visitor.sign_in(token=text) for text in wrong] + [visitor.sign_in(code=text) for text in spent]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_what_cannot_be_a_credential_costs_no_query(visitor, monkeypatch):
    for module, name in ((tokens, "find_identity"), (sessions, "redeem_code"), (sessions, "find_identity")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("the database was asked"))

    assert visitor.sign_in(token="csfv_zz_zz").status_code == 401
    assert visitor.sign_in(code="'; DROP TABLE token").status_code == 401
    visitor.set_cookie("session-8080", "short")
    assert visitor.get("/latest").status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 422),
        (b'{"token":"a","code":"b"}', 422),
        (b'{"token":null,"code":null}', 422),
        (b'{"token":1}', 422),
        (b'{"token":true}', 422),
        (b'{"token":"a","token":"b"}', 422),
        (b'{"token":"a","more":1}', 422),
        (b'{"code":"\\ud800"}', 422),
        (b"[]", 422),
        (b"null", 422),
        (b" ", 400),
        (b"token=a", 400),
        (b'{"token":"' + b"a" * 5000 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_credential_is_refused(visitor, body, status):
    response = visitor.request("POST", "/session", data=body, content_type="application/json")

    assert response.status_code == status
    assert rows("session") == 0


def test_signing_out_ends_the_session_and_takes_the_cookie_away(make_page, make_token):
    page = make_page(token=make_token())
    thief = make_page()
    thief.set_cookie("session-8080", page.cookie())
    assert thief.is_signed_in()

    response = page.sign_out()

    assert (response.status_code, response.data) == (204, b"")
    assert "session-8080=;" in response.headers["Set-Cookie"]
    assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert not page.is_signed_in()
    assert not thief.is_signed_in()
    assert rows("session") == 0


def test_who_is_not_signed_in_is_signed_out_all_the_same(visitor):
    assert visitor.sign_out().status_code == 204


def test_signing_out_leaves_the_token_and_other_browsers_alone(make_page, make_token):
    token = make_token()
    here, there = make_page(token=token), make_page(token=token)

    here.sign_out()

    assert there.is_signed_in()
    assert make_page().sign_in(token=token).status_code == 200


def test_signing_in_again_ends_the_session_before(make_page, make_token):
    page = make_page(token=make_token())

    page.sign_in(token=make_token(Kind.ADMIN))

    assert page.get("/session").get_json()["kind"] == "admin"
    assert rows("session") == 1
