"""What a route takes and answers, said above its view; the specification is made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import msgspec
from flask import request

from collector.errors import InvalidRequest, Problem

View = TypeVar("View", bound=Callable[..., Any])
Value = TypeVar("Value")
Outcome = type[Problem] | HTTPStatus
"""Anything but success; by its status alone where Flask refuses by itself."""


@dataclass(frozen=True)
class Argument(Generic[Value]):
    """A value that the query of a route may have. One type checks it and describes it."""

    name: str
    type: Any
    rule: str
    """Completes the sentence `<name> must be …`."""
    default: Value
    is_required: bool = False

    def __post_init__(self) -> None:
        # Now, not when the first threads ask for it at once: msgspec would crash the process.
        msgspec.json.Decoder(self.type)

    def read(self) -> Value:
        """What the query says; `default` where it says nothing. Raises InvalidRequest, and never guesses."""
        if self.name not in (args := request.args):
            return self.default
        try:
            [text] = args.getlist(self.name)
            value: Value = msgspec.convert(text, self.type, strict=False)
        except ValueError as error:
            raise InvalidRequest(f"{self.name} must be {self.rule}") from error
        return value


@dataclass(frozen=True)
class Taken:
    arguments: tuple[Argument[Any], ...] = ()
    body: Any = None
    """A type; None where no body is read."""
    may_lack_body: bool = False


@dataclass(frozen=True)
class Answer:
    type: Any
    """None: an answer without content."""
    others: tuple[Outcome, ...]
    """Which other outcomes are the route's own; those of every route, caller and body go without saying."""
    status: int
    media_types: tuple[str, ...]


def takes(*arguments: Argument[Any], body: Any = None, may_lack_body: bool = False) -> Callable[[View], View]:
    """Describe what a view reads from its query and its body."""

    def declare(view: View) -> View:
        view.takes = Taken(arguments, body, may_lack_body)  # type: ignore[attr-defined]
        return view

    return declare


def answers(
    answer: Any, *others: Outcome, status: int = 200, media_types: tuple[str, ...] = ("application/json",)
) -> Callable[[View], View]:
    """Describe what a view answers when it works, and which refusals are its own."""

    def declare(view: View) -> View:
        view.answers = Answer(answer, others, status, media_types)  # type: ignore[attr-defined]
        return view

    return declare
