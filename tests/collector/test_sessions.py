"""How long a session lasts, and what is kept and told of it."""

import logging

from databases import stored_bytes

from collector.database import run
from collector.queries import sessions, tokens


def rows(table: str) -> int:
    return run(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_session_ends_after_seven_days_without_a_request(make_page, make_token, clock):
    page = make_page(token=make_token())

    clock.advance(days=6, hours=23)
    assert page.is_signed_in()
    clock.advance(days=6, hours=23)
    assert page.is_signed_in()
    clock.advance(days=7)
    assert not page.is_signed_in()


def test_a_session_ends_after_thirty_days_however_busy(make_page, make_token, clock):
    page = make_page(token=make_token())

    for _ in range(29):
        clock.advance(days=1)
        assert page.is_signed_in()
    clock.advance(days=1)
    assert not page.is_signed_in()


def test_a_session_ends_with_its_token(make_page, make_token, clock):
    token = make_token()
    page = make_page(token=token)
    assert page.is_signed_in()

    tokens.revoke_token(token.split("_")[1], clock())

    assert not page.is_signed_in()


def test_the_use_of_a_session_is_noted_once_a_minute(make_page, make_token, clock):
    def last_seen():
        return str(run("SELECT last_seen_at FROM session").fetchone()[0])

    page = make_page(token=make_token())
    page.get("/latest")
    noted = last_seen()
    clock.advance(seconds=59)
    page.get("/latest")
    assert last_seen() == noted

    clock.advance(seconds=1)
    page.get("/latest")
    assert last_seen() > noted


def test_what_has_ended_is_deleted_when_something_new_begins(make_page, make_token, make_code, clock):
    make_page(token=make_token())
    make_page(code=make_code())
    make_code()
    clock.advance(days=7)

    make_page(token=make_token())

    assert (rows("session"), rows("signin_code")) == (1, 0)


def test_neither_code_nor_session_nor_token_is_stored_in_clear(make_page, make_token, make_code, settings):
    token, codes = make_token(), [make_code(), make_code()]
    pages = [make_page(token=token), make_page(code=codes[0])]
    secrets = [page.cookie() for page in pages]

    stored = stored_bytes(settings)

    assert tokens.digest_of(secrets[0]).encode() in stored
    assert tokens.digest_of(codes[1]).encode() in stored
    for secret in (token.split("_")[2], *codes, *secrets):
        assert secret.encode() not in stored


def test_no_secret_is_logged(visitor, make_token, make_code, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    token, code, used = make_token(), make_code(), make_code()

    visitor.sign_in(code=used)
    visitor.sign_in(code=used)
    visitor.sign_in(token=token)
    visitor.request("POST", "/session", data=f'{{"code":"{code}"', content_type="application/json")
    visitor.post("/session", {code: token})
    monkeypatch.setattr(sessions, "redeem_code", lambda *_: 1 / 0)
    assert visitor.sign_in(code=code).status_code == 500

    assert "ZeroDivisionError" in caplog.text
    for secret in (token.split("_")[2], code, used, visitor.cookie()):
        assert secret not in caplog.text
