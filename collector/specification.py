"""The OpenAPI document: made from the routes, what stands above their views, and the types that check requests."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

import msgspec
from flask import Flask

from collector import errors, wire, wire_answers, wire_schemas
from collector.auth import Scope
from collector.descriptions import Answer, Outcome, Taken

# What the variables of a path stand for; anything else is a text.
_VARIABLES = {
    "label": wire.Label,
    "host": wire.HostName,
    "token_id": wire_answers.PublicId,
    "session_id": wire_answers.PublicId,
}
_OF_CALLER = (errors.Unauthenticated, errors.Forbidden, errors.DatabaseBusy, errors.DatabaseUnavailable)
_OF_BODY = (
    *(HTTPStatus.BAD_REQUEST, errors.InvalidJson, errors.LengthRequired),
    *(errors.BodyTooLarge, errors.UnsupportedMediaType, errors.InvalidRequest),
)


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    variables: list[str]
    noun: str
    view: Any

    @property
    def scopes(self) -> frozenset[Scope]:
        """Of its callers; none where it is open to everybody."""
        return frozenset(self.view.scopes or ())

    @property
    def takes(self) -> Taken:
        taken: Taken = getattr(self.view, "takes", Taken())
        return taken

    @property
    def answers(self) -> Answer:
        answer: Answer = self.view.answers
        return answer

    @property
    def guards_browsers(self) -> bool:
        """Whether a browser is asked which site sent the request, before it is told that it may not send it at all."""
        return self.method != "GET" and (bool(self.scopes) or hasattr(self.view, "is_for_own_page"))


def list_routes(app: Flask) -> list[Route]:
    """Every route, also one that says nothing of its answers and so is not in the document."""
    return [
        Route(
            method=method,
            path=re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule),
            variables=sorted(rule.arguments),
            noun=rule.endpoint.partition(".")[0],
            view=app.view_functions[rule.endpoint],
        )
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def build_document(app: Flask, version: str, cookie: str) -> dict[str, Any]:
    """The API of `app` as OpenAPI 3.1; `cookie` is the name of that which holds a session."""
    schemas = _Schemas()
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in (route for route in list_routes(app) if hasattr(route.view, "answers")):
        paths[route.path][route.method.lower()] = _operation(route, schemas)
    wire_schemas.complete(schemas.components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Codex Status Fleet", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": dict(paths),
        "components": {"schemas": schemas.components, "securitySchemes": _security_schemes(cookie)},
    }


class _Schemas:
    """JSON schemas of types, by reference to the components that are collected meanwhile."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}
        self.problem = self.of(wire_answers.Problem)

    def of(self, wanted: Any) -> dict[str, Any]:
        (schema,), components = msgspec.json.schema_components((wanted,), ref_template="#/components/schemas/{name}")
        self.components |= wire_schemas.in_ecma(components)
        return dict(wire_schemas.in_ecma(schema))


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    summary, _, description = cleandoc(route.view.__doc__ or "").partition("\n")
    operation = {
        "operationId": route.view.__name__,
        "tags": [route.noun],
        "summary": summary,
        "description": description.strip(),
        "security": _security(route),
        "parameters": _parameters(route, schemas),
        "requestBody": _request_body(route.takes, schemas),
        "responses": _responses(route, schemas),
    }
    return {name: value for name, value in operation.items() if value not in ("", None)}


def _security(route: Route) -> list[dict[str, list[str]]]:
    """What a caller needs one of, with the scopes of which it must have one."""
    scopes = [str(scope) for scope in sorted(route.scopes)]
    if not scopes:
        return []
    schemes = ("token",) if scopes == [Scope.AGENT] else ("token", "session")
    return [{scheme: scopes} for scheme in schemes]


def _security_schemes(cookie: str) -> dict[str, Any]:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": "Made with: collector token create"},
        "session": {"type": "apiKey", "in": "cookie", "name": cookie, "description": "A browser that has signed in."},
    }


def _parameters(route: Route, schemas: _Schemas) -> list[dict[str, Any]]:
    of_path = [
        {"in": "path", "name": name, "required": True, "schema": schemas.of(_VARIABLES.get(name, str))}
        for name in route.variables
    ]
    of_query = [
        {
            "in": "query",
            "name": argument.name,
            "description": f"Must be {argument.rule}.",
            "required": argument.is_required,
            "schema": schemas.of(argument.type)
            | ({} if argument.default in {None, ""} else {"default": argument.default}),
        }
        for argument in route.takes.arguments
    ]
    return of_path + of_query


def _request_body(taken: Taken, schemas: _Schemas) -> dict[str, Any] | None:
    if taken.body is None:
        return None
    content = {"application/json": {"schema": schemas.of(taken.body)}}
    return {"required": not taken.may_lack_body, "content": content}


def _responses(route: Route, schemas: _Schemas) -> dict[str, Any]:
    answer = route.answers
    found: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in _other_outcomes(route):
        found[outcome if isinstance(outcome, HTTPStatus) else outcome.status].append(outcome)
    success: dict[str, Any] = {"description": HTTPStatus(answer.status).phrase}
    if answer.type is not None:
        success["content"] = {media: {"schema": schemas.of(answer.type)} for media in answer.media_types}
    others = {str(int(status)): _other(status, found[status], schemas.problem) for status in sorted(found)}
    return {str(answer.status): success, **others}


def _other_outcomes(route: Route) -> Iterator[Outcome]:
    yield HTTPStatus.INTERNAL_SERVER_ERROR
    if not hasattr(route.view, "is_at_any_address"):
        yield errors.MisdirectedRequest
    yield from route.answers.others
    if route.scopes:
        yield from _OF_CALLER
    if route.guards_browsers:
        yield errors.CrossOrigin
    if route.takes.body is not None:
        yield from _OF_BODY
    if route.takes.arguments:
        yield errors.InvalidRequest


def _other(status: int, outcomes: list[Outcome], problem: dict[str, Any]) -> dict[str, Any]:
    if status < 400:
        return {"description": HTTPStatus(status).phrase}
    codes = sorted({_code(outcome) for outcome in outcomes})
    headers = sorted({name for outcome in outcomes for name in getattr(outcome, "headers", ())})
    schema = {"allOf": [problem], "properties": {"code": {"enum": codes}, "status": {"enum": [status]}}}
    return {
        "description": " or ".join(codes),
        **({"headers": {name: {"schema": {"type": "string"}} for name in headers}} if headers else {}),
        "content": {"application/problem+json": {"schema": schema}},
    }


def _code(outcome: Outcome) -> str:
    """As `errors` renders it."""
    if outcome is HTTPStatus.INTERNAL_SERVER_ERROR:
        return "internal"
    return outcome.name.lower() if isinstance(outcome, HTTPStatus) else outcome.code
