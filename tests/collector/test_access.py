"""Every route with every identity: who may call what."""

import re

import pytest
from access import EXPECTED, WHO
from databases import on_any_database, stored_bytes
from flask import Flask

from collector import auth
from collector.queries import refreshes, sessions, tokens
from collector.queries.tokens import Kind


@pytest.fixture
def bearer(agent, make_agent, clock) -> dict[str, str | None]:
    """What each of WHO sends; the other agent tries to speak for mac-mini."""

    def token(kind: Kind, read_only: bool = False) -> str:
        return tokens.create_token(kind, None, read_only, clock())

    revoked = token(Kind.ADMIN)
    tokens.revoke_token(revoked.split("_")[1], clock())
    viewer = token(Kind.VIEWER)
    return {
        "nobody": None,
        "malformed": "csfv_0_0",
        "forged": viewer[:-1] + ("0" if viewer[-1] != "0" else "1"),
        "revoked": revoked,
        "agent": agent.token,
        "other_agent": make_agent("other").token,
        "viewer": viewer,
        "read_only": token(Kind.VIEWER, read_only=True),
        "admin": token(Kind.ADMIN),
    }


@pytest.fixture
def callers(bearer, make_caller, make_page, clock):
    """Each of WHO, ready to ask."""
    short_lived = tokens.create_token(Kind.ADMIN, None, False, clock())
    expired = make_page(token=bearer["viewer"])
    clock.advance(days=7)
    pages = {
        "viewer_page": make_page(token=bearer["viewer"]),
        "admin_page": make_page(token=bearer["admin"]),
        "other_site": make_page(token=bearer["admin"]),
        "revoked_page": make_page(token=short_lived),
        "expired_page": expired,
    }
    pages["other_site"].sends = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    tokens.revoke_token(short_lived.split("_")[1], clock())
    return {who: make_caller(token) for who, token in bearer.items()} | pages


@pytest.fixture
def path_of(clock, make_agent):
    """The path of a route, to something that is there to be read, or to be ended by whoever may."""
    gone = make_agent("gone")
    gone.register("acc1")
    gone.register()

    def fill(rule: str) -> str:
        spare = tokens.create_token(Kind.VIEWER, None, False, clock())
        secret = sessions.begin_session(auth.find_identity(spare), clock()).secret
        values = {"token_id": tokens.public_id(spare), "session_id": tokens.digest_of(secret)[:12]}
        values |= {"host": "gone", "label": "acc1", "path:name": "icon.svg", "path:room": "hosts"}
        return re.sub("<(.*?)>", lambda variable: values[variable[1]], rule)

    return fill


def body_for(route: str, agent, token: str) -> dict | None:
    bodies = {
        "POST /refresh": {"host": "mac-mini"},
        "POST /registry": {"host": "mac-mini", "accounts": [{"account_label": "acc1"}]},
        "POST /snapshots": agent.batch(agent.reading(), host="mac-mini"),
        "POST /session": {"token": token},
        "POST /tokens": {"kind": "viewer"},
    }
    return bodies.get(route)


@pytest.mark.parametrize("route", EXPECTED)
def test_each_identity_gets_what_the_api_promises(agent, bearer, callers, clock, path_of, route):
    method, rule = route.split()
    query = f"?id={refreshes.request_enabled(None, clock())}" if route == "GET /refresh" else ""
    body = body_for(route, agent, bearer["viewer"])

    answers = {who: callers[who].request(method, path_of(rule) + query, json=body).status_code for who in WHO}

    assert answers == dict(zip(WHO, EXPECTED[route], strict=True))


@on_any_database
def test_no_route_is_missing_from_the_table(app):
    routes = {
        f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert routes == set(EXPECTED)


def test_a_route_that_names_no_callers_stops_the_start():
    app = Flask("careless")
    app.add_url_rule("/open", view_func=lambda: "everything")

    with pytest.raises(RuntimeError, match="neither @requires"):
        auth.init_app(app)


@on_any_database
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic Zm9vOmJhcg==",
        "csfv_{id}_{secret}",
        "Bearer csfv_{id}",
        "Bearer \xff\xfe",
        "{token}",
    ],
)
def test_a_header_without_a_token_is_unauthenticated(anonymous, header):
    response = anonymous.request("GET", "/latest", headers={"Authorization": header})

    assert (response.status_code, response.get_json()["code"]) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="collector"'


def test_unknown_wrong_and_malformed_tokens_get_the_same_answer(anonymous, reader):
    kind, token_id, secret = reader.token.split("_")
    wrong = (f"{kind}_{token_id}_{secret[::-1]}", f"{kind}_{'0' * 12}_{secret}", "x", f"csfm_{token_id}_{secret}")

    answers = {anonymous.request("GET", "/latest", headers={"Authorization": f"Bearer {text}"}).data for text in wrong}

    assert len(answers) == 1


@on_any_database
def test_a_malformed_token_costs_no_query(app, anonymous, monkeypatch):
    monkeypatch.setattr(tokens, "find_identity", lambda *_: pytest.fail("the database was asked"))

    response = anonymous.request("GET", "/latest", headers={"Authorization": "Bearer csfv_zz_zz"})

    assert response.status_code == 401


def test_a_revoked_token_is_refused_at_the_next_request(reader, clock):
    assert reader.get("/latest").status_code == 200

    tokens.revoke_token(reader.token.split("_")[1], clock())

    assert reader.get("/latest").status_code == 401


@on_any_database
def test_who_may_not_push_is_told_so_before_the_body_is_read(reader):
    response = reader.request("POST", "/snapshots", data=b"not even JSON", content_type="text/plain")

    assert response.status_code == 403


def test_everybody_learns_who_they_are(agent, reader, clock, app):
    assert agent.get("/session").get_json() == {"kind": "agent", "host": "mac-mini", "read_only": False}
    assert reader.get("/session").get_json() == {"kind": "viewer", "host": None, "read_only": False}


def test_the_use_of_a_token_is_noted_once_a_minute(reader, clock):
    def last_used():
        return next(summary.last_used_at for summary in tokens.list_tokens() if summary.kind == "viewer")

    started = clock()
    reader.get("/latest")
    clock.advance(seconds=59)
    reader.get("/latest")
    assert last_used() == started

    clock.advance(seconds=1)
    reader.get("/latest")
    assert last_used() == clock()


def test_no_secret_is_in_the_database(reader, settings):
    reader.get("/latest")

    stored = stored_bytes(settings)

    assert reader.token.split("_")[1].encode() in stored
    assert reader.token.split("_")[2].encode() not in stored
