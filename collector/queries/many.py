"""One statement for many values; it has `IN ({marks})` where they belong, after all others."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from collector.database import fetch_rows, run

# Below the number of values that SQLite takes in one statement, wherever it was built.
_CHUNK = 500


def fetch_for_each(sql: str, values: Collection[Any]) -> list[dict[str, Any]]:
    """The rows of a fixed SELECT; their order is not kept."""
    return [row for text, chunk in _statements(sql, values) for row in fetch_rows(text, chunk)]


def run_for_each(sql: str, before: Sequence[Any], values: Collection[Any]) -> None:
    """A fixed statement that takes the values of `before` first."""
    for text, chunk in _statements(sql, values):
        run(text, (*before, *chunk))


def marks(values: Collection[Any]) -> str:
    """What stands for `{marks}` when all of the values fit into one statement."""
    return ", ".join("?" * len(values))


def _statements(sql: str, values: Collection[Any]) -> Iterator[tuple[str, list[Any]]]:
    every = list(values)
    for start in range(0, len(every), _CHUNK):
        chunk = every[start : start + _CHUNK]
        yield sql.format(marks=marks(chunk)), chunk
