"""The OpenAPI document, held against what the collector really answers."""

import json
import re
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from collector.specification import build_document


class Specification:
    """What the routes of an app promise; the same for every app."""

    def __init__(self, app: Flask) -> None:
        self.document = build_document(app, "0.1.0", "session-8080")
        self._validators: dict[str, Any] = {}

    def hold(self, app: Flask, method: str, path: str, response: TestResponse) -> None:
        """Fail unless the document says that this may be the answer. Where no route is, it says nothing."""
        try:
            rule, _ = app.url_map.bind("localhost").match(path.partition("?")[0], method, return_rule=True)
        except HTTPException:
            return
        name = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        told = self.document["paths"].get(name, {}).get(method.lower())
        # Some tests put a view of their own in place of ours.
        if told is not None and hasattr(app.view_functions[rule.endpoint], "answers"):
            self._hold(f"{method} {name}", told["responses"], response)

    def validator(self, schema: dict[str, Any]) -> Any:
        """Of a schema in the document. An answer may have no member that is not told."""
        key = json.dumps(schema)
        if key not in self._validators:
            components = self.document["components"] | {"schemas": self._closed()}
            root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": components, **schema}
            self._validators[key] = jsonschema_rs.validator_for(root, validate_formats=True)
        return self._validators[key]

    def _hold(self, route: str, told: dict[str, Any], response: TestResponse) -> None:
        status = str(response.status_code)
        assert status in told, f"{route} answered {status}: name that above its view, in @answers(…)"
        content = told[status].get("content", {})
        assert bool(response.data) == bool(content), f"{route} answered {status}"
        if content.keys() <= {"application/json", "application/problem+json"} and content:
            assert response.mimetype in content
            self.validator(content[response.mimetype]["schema"]).validate(json.loads(response.data))

    def _closed(self) -> dict[str, Any]:
        schemas = self.document["components"]["schemas"]
        return {
            name: {"additionalProperties": False, **schema} if "properties" in schema else schema
            for name, schema in schemas.items()
        }


_made: list[Specification] = []


def specification_of(app: Flask) -> Specification:
    """Made once: every app has the same routes."""
    if not _made:
        _made.append(Specification(app))
    return _made[0]
