"""Who may call what: every route with every identity."""

import pytest
from flask import Flask

from collector import auth
from collector.queries import tokens
from collector.queries.tokens import Kind

WHO = ("nobody", "malformed", "forged", "revoked", "agent", "other_agent", "viewer", "read_only", "admin")

# Written by hand from the table of the API: the status that each of WHO gets.
EXPECTED = {
    "GET /healthz": (200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /readyz": (200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST /registry": (401, 401, 401, 401, 200, 403, 403, 403, 403),
    "POST /snapshots": (401, 401, 401, 401, 200, 403, 403, 403, 403),
    "GET /registry": (401, 401, 401, 401, 403, 403, 200, 200, 200),
    "GET /latest": (401, 401, 401, 401, 403, 403, 200, 200, 200),
    "GET /latest/<label>": (401, 401, 401, 401, 403, 403, 200, 200, 200),
    "GET /events/<label>": (401, 401, 401, 401, 403, 403, 200, 200, 200),
    "GET /session": (401, 401, 401, 401, 200, 200, 200, 200, 200),
}


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


def body_for(route: str, agent) -> dict | None:
    if route == "POST /registry":
        return {"host": "mac-mini", "accounts": [{"account_label": "acc1"}]}
    return agent.batch(agent.reading(), host="mac-mini") if route == "POST /snapshots" else None


@pytest.mark.parametrize("route", EXPECTED)
def test_each_identity_gets_what_the_api_promises(app, agent, bearer, route):
    method, path = route.replace("<label>", "acc1").split()
    answers = []
    for who in WHO:
        headers = {} if bearer[who] is None else {"Authorization": f"Bearer {bearer[who]}"}
        answer = app.test_client().open(path, method=method, headers=headers, json=body_for(route, agent))
        answers.append(answer.status_code)

    assert dict(zip(WHO, answers, strict=True)) == dict(zip(WHO, EXPECTED[route], strict=True))


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


def test_a_malformed_token_costs_no_query(app, anonymous, monkeypatch):
    monkeypatch.setattr(tokens, "find_identity", lambda *_: pytest.fail("the database was asked"))

    response = anonymous.request("GET", "/latest", headers={"Authorization": "Bearer csfv_zz_zz"})

    assert response.status_code == 401


def test_a_revoked_token_is_refused_at_the_next_request(reader, clock):
    assert reader.get("/latest").status_code == 200

    tokens.revoke_token(reader.token.split("_")[1], clock())

    assert reader.get("/latest").status_code == 401


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

    stored = b"".join(path.read_bytes() for path in settings.data_dir.iterdir())

    assert reader.token.split("_")[1].encode() in stored
    assert reader.token.split("_")[2].encode() not in stored
