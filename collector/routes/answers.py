"""Answers put together from what is JSON already."""

from collections.abc import Iterable

from flask import Response

Item = tuple[bytes, ...]
"""An item of an array, in pieces. They stay apart until the answer is whole: each copy of a large one costs as much
as reading it from the database, and more where memory has to be asked for."""


def json_answer(**members: bytes | Iterable[Item]) -> Response:
    """An object with these members: JSON, or the items of an array."""
    pieces: list[bytes] = []
    for name, member in members.items():
        pieces.append(b'%b"%b":' % (b"," if pieces else b"{", name.encode()))
        if isinstance(member, bytes):
            pieces.append(member)
        else:
            _add_array(pieces, member)
    pieces.append(b"}")
    return Response(b"".join(pieces), content_type="application/json")


def _add_array(pieces: list[bytes], items: Iterable[Item]) -> None:
    opening = b"["
    for item in items:
        pieces.append(opening)
        pieces += item
        opening = b","
    pieces.append(b"[]" if opening == b"[" else b"]")
