"""The cookie of a session: which pages may use it, and over which ways it passes."""

import pytest

from collector.auth import Scope, requires
from collector.database import run
from collector.queries import sessions
from collector.queries.tokens import Kind

HTTPS = {"public_url": "https://status.example.com"}
BEHIND_A_PROXY = {"trusted_proxies": 1}


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
    [("https://status.example.com", 200), ("http://status.example.com", 403), ("http://status.example.com:8080", 403)],
)
def test_the_public_address_is_the_own_origin(visitor, make_token, origin, status):
    visitor.address, visitor.sends = "http://status.example.com:8080", {"Origin": origin}

    assert visitor.sign_in(token=make_token()).status_code == status


@pytest.mark.parametrize(
    ("settings", "address", "from_address"),
    [
        ({"public_url": "http://192.168.1.5:8080"}, "http://192.168.1.5:8080", "192.168.1.9"),
        ({"public_url": "http://status.example.com"}, "http://status.example.com", "127.0.0.1"),
        ({}, "http://127.0.0.1:8080", "192.168.1.9"),
    ],
    indirect=["settings"],
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


@pytest.mark.parametrize(
    "settings", [{"allows_insecure_http": True, "public_url": "http://192.168.1.5:8080"}], indirect=True
)
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
