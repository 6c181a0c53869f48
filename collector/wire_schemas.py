"""The rules of `strict_json` and of `__post_init__`, added to the JSON schemas of types that cannot tell them."""

from collections.abc import Iterator
from typing import Any

from collector.strict_json import MAX_INTEGER

_NO_NUL = {"pattern": r"^[^\x00]*$"}
# Of every time that is taken.
YEARS = {"pattern": r"^(19[7-9][0-9]|2[01][0-9]{2})-"}
_VALUE = {"$ref": "#/components/schemas/JsonValue"}
_OBJECT = {"type": "object", "propertyNames": _NO_NUL, "additionalProperties": _VALUE}
_JSON_VALUE = {
    "title": "JsonValue",
    "description": "Any JSON, nested no deeper than 32 levels from the top of the body.",
    "anyOf": [
        {"type": ["null", "boolean"]},
        {"type": "string", **_NO_NUL},
        {"type": "number", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
        {"type": "array", "items": _VALUE},
        _OBJECT,
    ],
}
_TOKENS = [
    {
        "required": ["host"],
        "properties": {"kind": {"enum": ["agent"]}, "host": {"type": "string"}, "read_only": {"enum": [False]}},
    },
    {"properties": {"kind": {"enum": ["admin"]}, "host": {"type": "null"}, "read_only": {"enum": [False]}}},
    {"properties": {"kind": {"enum": ["viewer"]}, "host": {"type": "null"}}},
]


def complete(schemas: dict[str, Any]) -> None:
    """Change the component schemas in place; those of all types of `wire` are among them."""
    # Only what is taken forbids other members.
    for schema in [schema for schema in schemas.values() if schema.get("additionalProperties") is False]:
        _forbid_nul(schema)
    schemas["JsonValue"] = _JSON_VALUE
    item, batch, credential = (schemas[name] for name in ("Item", "Batch", "Credential"))
    item["properties"]["raw"]["anyOf"][0] = _OBJECT
    item["anyOf"] = [_has("error", {"type": "object"}), _has("parsed", _has("normalized", {"type": "object"}))]
    for moment in (item["properties"]["observed_at"], batch["properties"]["sent_at"]):
        moment.update(YEARS)
    credential["oneOf"] = [_has(name, {"type": "string"}) for name in ("token", "code")]
    schemas["RefreshRequest"]["not"] = {"required": ["accounts", "host"]}
    schemas["TokenRequest"]["anyOf"] = _TOKENS
    schemas["Registry"]["description"] += " No two labels are equal but for capitals."


def in_ecma(schema: Any) -> Any:
    """The same with every pattern as JavaScript reads it; ours are Python's, where `$` lets a line's end follow."""
    if isinstance(schema, list):
        return [in_ecma(member) for member in schema]
    if isinstance(schema, dict):
        return {name: in_ecma(member) for name, member in schema.items()}
    return schema.replace(r"\A", "^").replace(r"\Z", "$") if isinstance(schema, str) else schema


def _forbid_nul(schema: dict[str, Any]) -> None:
    for text in _objects(schema["properties"]):
        if text.get("type") == "string" and not text.keys() & {"pattern", "format"}:
            text.update(_NO_NUL)


def _has(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: schema}}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(member)
