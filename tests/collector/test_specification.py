"""GET /openapi.json: the whole API, as it is. The answers of all other tests are held to it too, by conftest.py."""

import json
import re
from types import SimpleNamespace

import jsonschema_rs
import pytest
from databases import on_any_database
from hostile import DOCUMENTS, Hostile, list_hostile
from specification import Specification, specification_of
from werkzeug.test import TestResponse

from collector import wire
from collector.descriptions import Taken
from collector.errors import Problem
from collector.specification import list_routes

pytestmark = on_any_database

PARSERS = {
    "/snapshots": wire.parse_batch,
    "/registry": wire.parse_registry,
    "/refresh": wire.parse_refresh_request,
    "/session": wire.parse_credential,
    "/tokens": wire.parse_token_request,
}
# Refusals that a JSON schema cannot foretell; 7.0 is an integer to it, and a leap second a time.
BEYOND_A_SCHEMA = re.compile("same key twice|Nested deeper|is there twice|Expected `int|a leap second")
HOW_TO_TELL = "say above its view what a route answers, with @answers(…) and @takes(…) of collector/descriptions.py"


@pytest.fixture
def document(reader):
    return reader.get("/openapi.json").get_json()


@pytest.fixture
def specification(app) -> Specification:
    return specification_of(app)


def operations(document):
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_told_and_nothing_else(app, document):
    routes = {f"{route.method} {route.path}" for route in list_routes(app)}

    assert operations(document).keys() == routes, HOW_TO_TELL


def test_each_schema_is_one(document):
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.Draft202012Validator({"components": document["components"], **schema})
        assert schema.get("title", name) == name


def test_a_route_tells_who_may_call_it(document):
    found = operations(document)

    assert found["GET /healthz"]["security"] == []
    assert found["POST /snapshots"]["security"] == [{"token": ["agent"]}]
    assert found["POST /refresh"]["security"] == [{"token": ["refresh"]}, {"session": ["refresh"]}]
    assert found["GET /session"]["security"] == [{"token": ["agent", "read"]}, {"session": ["agent", "read"]}]
    assert document["components"]["securitySchemes"]["session"]["name"] == "session-80"


def test_a_route_tells_how_it_refuses(document):
    responses = operations(document)["POST /snapshots"]["responses"]

    told = {status: response["description"] for status, response in responses.items()}
    assert told == {
        "200": "OK",
        "400": "bad_request or invalid_json or unsupported_version",
        "401": "unauthenticated",
        "403": "cross_origin or forbidden or host_mismatch",
        "411": "length_required",
        "413": "body_too_large",
        "415": "unsupported_media_type",
        "421": "misdirected_request",
        "422": "invalid_request",
        "500": "internal",
        "503": "database_busy or database_unavailable",
    }
    assert "Retry-After" in responses["503"]["headers"]


def test_a_parameter_tells_its_bounds(document):
    by_name = {parameter["name"]: parameter for parameter in operations(document)["GET /events/{label}"]["parameters"]}

    assert by_name["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
    assert by_name["label"]["required"]
    assert by_name["label"]["schema"]["pattern"] == "^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$"


@pytest.mark.parametrize("query", ["limit=5&limit=5", "limit=", "limit=5x", "limit=%205", "limit=0", "limit=501"])
def test_a_parameter_is_what_it_must_be_or_refused(agent, reader, query):
    response = reader.get(f"/events/acc1?{query}")

    assert response.status_code == 422
    assert response.get_json()["detail"] == "limit must be a number from 1 to 500"


def test_bodies_are_taken_and_refused_as_their_schemas_say(specification):
    disagreements = []
    for hostile in list_hostile()[::3]:
        document = json_of(hostile.body)
        if document is not None and not hostile.headers:
            allows, refusal = is_allowed(specification, hostile.path, document), refusal_of(hostile)
            if allows == bool(refusal):
                disagreements.append((hostile.name, refusal))

    # A number of such a size may not be sent where it has no fraction, so the schema forbids it everywhere.
    unexplained = [
        told for told in disagreements if not BEYOND_A_SCHEMA.search(" ".join(told)) and "1e308" not in told[0]
    ]
    assert unexplained == []


def test_every_route_that_takes_a_body_is_sent_hostile_ones(app):
    routes = {route.path for route in list_routes(app) if getattr(route.view, "takes", Taken()).body}

    assert routes == set(DOCUMENTS), "add what the route takes to DOCUMENTS of tests/hostile.py"


def json_of(body: bytes):
    """None for what is no JSON, or nothing that a schema can speak about."""
    try:
        document = json.loads(body.decode(), parse_constant=int)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return document


def is_allowed(specification: Specification, path: str, document) -> bool:
    told = specification.document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return specification.validator(told).is_valid(document)


def refusal_of(hostile: Hostile) -> str:
    """Why the collector refuses the body; nothing where it takes it."""
    try:
        PARSERS[hostile.path](hostile.body)
    except Problem as problem:
        return str(problem)
    return ""


def test_an_answer_that_is_not_told_is_noticed(app, specification, reader):
    right = reader.get("/healthz")

    with pytest.raises(AssertionError, match="name that above its view"):
        specification.hold(app, "GET", "/healthz", answer(right, status=404))
    with pytest.raises(jsonschema_rs.ValidationError, match="surprise"):
        specification.hold(app, "GET", "/healthz", answer(right, data=b'{"ok":true,"surprise":1}'))


def answer(right: TestResponse, status: int = 200, data: bytes | None = None) -> SimpleNamespace:
    return SimpleNamespace(status_code=status, data=data or right.data, mimetype=right.mimetype)
