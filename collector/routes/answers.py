"""Answers put together from texts that are JSON already."""

from collections.abc import Iterable

from flask import Response


def json_answer(**members: str) -> Response:
    """An object with these members, each JSON text."""
    text = ",".join(f'"{name}":{member}' for name, member in members.items())
    return Response(f"{{{text}}}", content_type="application/json")


def array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"
