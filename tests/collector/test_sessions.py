"""POST and DELETE /session: signing in with a token or a link, how long that lasts, and who else may use it."""

import logging
import threading

import pytest

from collector.auth import Scope, requires
from collector.database import database, run
from collector.queries import sessions, tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

HTTPS = {"public_url": "https://status.example.com"}
BEHIND_A_PROXY = {"trusted_proxies": 1}


@pytest.fixture
def make_token(app, clock):
    def make(kind: Kind = Kind.VIEWER, read_only: bool = False) -> str:
        host = "mac-mini" if kind is Kind.AGENT else None
        return tokens.create_token(kind, host, read_only, clock())

    return make


@pytest.fixture
def make_code(app, clock):
    def make(kind: Kind = Kind.ADMIN) -> str:
        return sessions.create_code(kind, clock())

    return make


@pytest.fixture
def changing_route(app, monkeypatch):
    """A route that changes something, for all who may ask for a refresh; gives how often it was reached."""
    reached = []

    @requires(Scope.REFRESH)
    def change():
        reached.append(True)
        return {}

    monkeypatch.setitem(app.view_functions, "ingest.push_registry", change)
    return reached


def cookie_of(response) -> str:
    (cookie,) = response.headers.getlist("Set-Cookie")
    return cookie


def rows(table: str) -> int:
    return run(f"SELECT count(*) FROM {table}").fetchone()[0]


# Signing in and out


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


class TestOnPostgresql:
    @pytest.fixture
    def settings(self, tmp_path, postgresql_url):
        return Settings(data_dir=tmp_path, database_url=postgresql_url)

    def test_of_many_who_send_a_code_at_once_one_gets_in(self, make_code, clock):
        assert sorted(redeem_at_once(make_code(), clock, 8)) == [False] * 7 + [True]

    def test_a_session_begins_lasts_and_ends(self, make_page, make_code, clock):
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
    assert "session-8080=;" in cookie_of(response)
    assert "Max-Age=0" in cookie_of(response)
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


# How long it lasts


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


# Who else may use it


FOREIGN = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a sister site": {"Sec-Fetch-Site": "same-site"},
    "the address bar": {"Sec-Fetch-Site": "none"},
    "another site that names us as its origin": {
        "Sec-Fetch-Site": "cross-site",
        "Origin": "http://127.0.0.1:8080",
    },
    "another origin": {"Origin": "https://evil.example"},
    "another port": {"Origin": "http://127.0.0.1:8081"},
    "no port": {"Origin": "http://127.0.0.1"},
    "another name of this machine": {"Origin": "http://localhost:8080"},
    "another scheme": {"Origin": "https://127.0.0.1:8080"},
    "nobody": {"Origin": "null"},
    "two origins": {"Origin": "http://127.0.0.1:8080, https://evil.example"},
    "a referrer only": {"Referer": "http://127.0.0.1:8080/"},
    "no headers at all": {},
}


@pytest.mark.parametrize("route", ["POST /session", "DELETE /session", "POST /registry"])
@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_change_from_elsewhere_changes_nothing(make_page, make_token, changing_route, foreign, route):
    page, token = make_page(token=make_token()), make_token(Kind.ADMIN)
    page.sends = foreign

    response = page.request(*route.split(), json={"token": token})

    assert (response.status_code, response.get_json()["code"]) == (403, "cross_origin")
    assert "Set-Cookie" not in response.headers
    assert changing_route == []
    assert page.get("/session").get_json()["kind"] == "viewer"


@pytest.mark.parametrize(
    "own", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8080"}, {"Origin": "HTTP://127.0.0.1:8080"}]
)
def test_the_own_page_may_change_things(make_page, make_token, changing_route, own):
    page = make_page(token=make_token())
    page.sends = own

    assert page.post("/registry", {}).status_code == 200
    assert page.sign_out().status_code == 204
    assert page.sign_in(token=make_token()).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_signs_nobody_in(visitor, make_token, content_type):
    body = f'{{"token":"{make_token()}"}}'

    response = visitor.request("POST", "/session", data=body, content_type=content_type)

    assert (response.status_code, response.get_json()["code"]) == (415, "unsupported_media_type")
    assert rows("session") == 0


def test_a_session_does_what_its_token_may_and_no_more(make_page, make_token, changing_route):
    assert make_page(token=make_token(read_only=True)).post("/registry", {}).status_code == 403
    assert make_page(token=make_token(Kind.ADMIN)).post("/snapshots", {}).status_code == 403
    assert changing_route == []


def test_a_program_with_a_token_needs_no_origin(make_caller, make_token, changing_route):
    assert make_caller(make_token()).post("/registry", {}).status_code == 200


def test_a_token_beside_a_cookie_is_the_only_one_that_counts(make_page, make_token):
    page, viewer = make_page(token=make_token(Kind.ADMIN)), make_token()

    assert page.get("/session", headers={"Authorization": f"Bearer {viewer}"}).get_json()["kind"] == "viewer"
    assert page.get("/session", headers={"Authorization": "Bearer wrong"}).status_code == 401


# The cookie


def test_on_this_machine_the_cookie_carries_the_port(visitor, make_token):
    cookie = cookie_of(visitor.sign_in(token=make_token()))

    name, *attributes = cookie.split("; ")
    assert name.startswith("session-8080=")
    assert "Secure" not in cookie
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= set(attributes)


def test_two_collectors_on_one_machine_do_not_sign_each_other_out(make_page, make_token):
    page = make_page(token=make_token())
    page.address = "http://127.0.0.1:8081"
    page.sign_in(token=make_token(Kind.ADMIN))
    assert page.get("/session").get_json()["kind"] == "admin"

    page.address = "http://127.0.0.1:8080"

    assert page.get("/session").get_json()["kind"] == "viewer"


@pytest.mark.parametrize("settings", [HTTPS], indirect=True)
def test_over_https_the_cookie_is_bound_to_this_host(visitor, make_token):
    visitor.address = "http://status.example.com"

    cookie = cookie_of(visitor.sign_in(token=make_token()))

    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert visitor.is_signed_in()
    assert {"Secure", "Path=/", "Max-Age=0"} <= set(cookie_of(visitor.sign_out()).split("; "))


@pytest.mark.parametrize("settings", [HTTPS], indirect=True)
def test_over_https_a_cookie_of_plain_http_is_nothing(make_page, make_code, clock):
    secret = sessions.redeem_code(make_code(), clock()).secret
    planted, kept = make_page(), make_page()

    for name in ("session-443", "session-80", "session-8080", "session"):
        planted.set_cookie(name, secret)
    kept.set_cookie("__Host-session", secret)

    assert (planted.is_signed_in(), kept.is_signed_in()) == (False, True)


@pytest.mark.parametrize("settings", [HTTPS], indirect=True)
@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://status.example.com", 200), ("http://status.example.com", 403), ("http://10.0.0.5:8080", 403)],
)
def test_the_public_address_is_the_own_origin(visitor, make_token, origin, status):
    visitor.address, visitor.sends = "http://10.0.0.5:8080", {"Origin": origin}

    assert visitor.sign_in(token=make_token()).status_code == status


@pytest.mark.parametrize(
    ("address", "from_address"),
    [
        ("http://192.168.1.5:8080", "192.168.1.9"),
        ("http://status.example.com", "127.0.0.1"),
        ("http://127.0.0.1:8080", "192.168.1.9"),
        ("http://localhost.evil.example", "127.0.0.1"),
    ],
)
def test_over_plain_http_elsewhere_nobody_signs_in(visitor, make_token, address, from_address):
    visitor.address, visitor.from_address = address, from_address

    response = visitor.sign_in(token=make_token())

    assert (response.status_code, response.get_json()["code"]) == (403, "https_required")
    assert "COLLECTOR_INSECURE_HTTP=1" in response.get_json()["detail"]
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("address", ["http://localhost:9000", "http://127.8.8.8:9000", "http://[::1]:9000"])
def test_on_this_machine_plain_http_is_good_enough(visitor, make_token, address):
    visitor.address = address

    assert cookie_of(visitor.sign_in(token=make_token())).startswith("session-9000=")


@pytest.mark.parametrize("settings", [{"allows_insecure_http": True}], indirect=True)
def test_plain_http_elsewhere_can_be_allowed(visitor, make_token):
    visitor.address, visitor.from_address = "http://192.168.1.5:8080", "192.168.1.9"
    visitor.sends = {"Origin": "http://192.168.1.5:8080"}

    cookie = cookie_of(visitor.sign_in(token=make_token()))

    assert cookie.startswith("session-8080=")
    assert "Secure" not in cookie
    assert visitor.is_signed_in()


@pytest.mark.parametrize("settings", [BEHIND_A_PROXY], indirect=True)
def test_a_trusted_proxy_says_who_asks_and_how(visitor, make_token):
    visitor.address = "http://127.0.0.1:8080"
    visitor.sends |= {"X-Forwarded-For": "127.0.0.1, 203.0.113.7", "X-Forwarded-Proto": "http, https"}

    assert cookie_of(visitor.sign_in(token=make_token())).startswith("__Host-session=")
    visitor.sends["X-Forwarded-Proto"] = "https, http"
    assert visitor.sign_in(token=make_token()).get_json()["code"] == "https_required"


def test_a_proxy_that_nobody_trusts_says_nothing(visitor, make_token):
    visitor.from_address = "203.0.113.7"
    visitor.sends |= {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "127.0.0.1"}

    assert visitor.sign_in(token=make_token()).get_json()["code"] == "https_required"


@pytest.mark.parametrize("host", ["", "[::1", "a b", "127.0.0.1:99999", "127.0.0.1:x", "me@127.0.0.1", "\xff"])
def test_a_host_that_cannot_be_is_no_crash(visitor, make_token, host):
    visitor.sends |= {"Host": host}

    assert visitor.get("/login").status_code < 500
    assert visitor.sign_in(token=make_token()).status_code < 500


# What is kept, and what is told


def test_neither_code_nor_session_nor_token_is_stored_in_clear(make_page, make_token, make_code, settings):
    token, codes = make_token(), [make_code(), make_code()]
    pages = [make_page(token=token), make_page(code=codes[0])]
    secrets = [page.cookie() for page in pages]

    stored = b"".join(path.read_bytes() for path in settings.data_dir.iterdir())

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
