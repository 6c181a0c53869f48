"""JSON from outside, read so that no document can crash a later step or mean two things."""

import json
import math
import re
from contextlib import suppress
from itertools import accumulate
from typing import Any

import msgspec

from collector.errors import InvalidJson, InvalidRequest

MAX_DEPTH = 32
# Beyond this a JavaScript reader of our answers would see another number.
MAX_INTEGER = 2**53

_MAY_BE_TOO_LARGE = re.compile(rb"\d{17}|9\d{15}|\d[eE]")
# To find places worth a look at that much sooner: what makes a number is one of two letters, and all else a space.
_SHAPES = bytes(48 if 48 <= byte < 58 else 101 if byte in b"eE" else 32 for byte in range(256))
_WORTH_A_LOOK = (b"0" * 16, b"0e")
_NESTING = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_NESTING = bytes(set(range(256)) - _NESTING.keys())


def parse(body: bytes) -> Any:
    """The document in `body`, with only finite numbers, storable text and unique keys.

    Raises InvalidJson for what is no JSON at all. JSON with a value nobody may send is InvalidRequest instead:
    a sender answers that one by splitting its batch, so a single bad item cannot hold up the others.
    """
    if _is_plainly_good(body):
        with suppress(ValueError, RecursionError):
            document = msgspec.json.decode(body)
            # Of two equal keys only one is left, and two quotes less.
            if msgspec.json.encode(document).count(b'"') == body.count(b'"'):
                return document
    return _parse_carefully(body)


def dump(document: Any) -> str:
    """Compact text of `document`, in the order of its keys."""
    return msgspec.json.encode(document).decode()


def canonical(document: Any) -> bytes:
    """The same bytes for equal documents, whatever the order of their keys."""
    return msgspec.json.encode(document, order="sorted")


def _is_plainly_good(body: bytes) -> bool:
    """Whether nothing in it could be refused but what a quick parser refuses too, and a key that stands twice.

    No escape, so that each quote begins or ends a text and no text holds what has to be escaped; outside of texts no
    integer that may be too large, and no deep nesting. What an agent sends is nearly always like that.
    """
    if b"\\" in body:
        return False
    outside = b"".join(body.split(b'"')[::2])
    shape = outside.translate(_SHAPES)
    if any(each in shape for each in _WORTH_A_LOOK) and _MAY_BE_TOO_LARGE.search(outside):
        return False
    steps = map(_NESTING.__getitem__, outside.translate(None, _NOT_NESTING))
    return max(accumulate(steps), default=0) <= MAX_DEPTH


def _parse_carefully(body: bytes) -> Any:
    document = _load(body)
    try:
        _check(document, 1)
    except _Fault as fault:
        raise InvalidRequest(str(fault)) from fault
    return document


def _load(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_int=_bounded_integer,
            parse_float=_finite_number,
            parse_constant=_refuse_constant,
        )
    except RecursionError as error:
        raise InvalidRequest(f"Nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        raise InvalidJson("The body is not JSON in UTF-8.") from error


class _Refused(dict[str, Any]):
    """Stands in the document for what nobody may send, until it is found there with the way to it.

    An object, so that among the many numbers nobody has to look for it.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Refused:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Refused("The same key twice")


def _bounded_integer(digits: str) -> int | _Refused:
    # Length first: turning thousands of digits into an integer is slow, and refused by Python itself.
    if len(digits) > len(str(-MAX_INTEGER)) or abs(int(digits)) > MAX_INTEGER:
        return _Refused("An integer outside ±2^53")
    return int(digits)


def _finite_number(digits: str) -> float | _Refused:
    number = float(digits)
    return _Refused("A number that is too large") if math.isinf(number) else number


def _refuse_constant(name: str) -> _Refused:
    return _Refused(f"{name} is no JSON number")


class _Fault(Exception):
    """A value nobody may send; collects the way to it while it travels up."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.steps: list[str] = []

    def __str__(self) -> str:
        path = "$" + "".join(reversed(self.steps))
        return f"{self.args[0]} - at `{path[:200]}`"


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if isinstance(value, _Refused):
            raise _Fault(value.sentence)
        if depth > MAX_DEPTH:
            raise _Fault(f"Nested deeper than {MAX_DEPTH}")
        _check_members(value, depth)


def _check_members(container: dict[str, Any] | list[Any], depth: int) -> None:
    members = container.items() if isinstance(container, dict) else enumerate(container)
    for key, member in members:
        try:
            if isinstance(key, str):
                _check_text(key)
            _check(member, depth + 1)
        except _Fault as fault:
            fault.steps.append(f".{key[:40]}" if isinstance(key, str) else f"[{key}]")
            raise


def _check_text(text: str) -> None:
    """PostgreSQL cannot store a NUL, and half of a surrogate pair cannot be sent out as UTF-8 again."""
    if "\0" in text:
        raise _Fault("NUL in a text")
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _Fault("Half a surrogate pair in a text") from error
