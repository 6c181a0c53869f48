"""One statement for many values; it has `IN ({marks})` where they belong, after all others, or `VALUES {keys}`."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from collector.database import fetch_rows, run

# Below the number of values that SQLite takes in one statement, wherever it was built.
_CHUNK = 500


def fetch_for_each(sql: str, values: Collection[Any], before: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a fixed SELECT that takes the values of `before` first; their order is not kept."""
    return [row for text, chunk in _statements(sql, values) for row in fetch_rows(text, (*before, *chunk))]


def run_for_each(sql: str, before: Sequence[Any], values: Collection[Any]) -> None:
    """As `fetch_for_each`, for what has no rows."""
    for text, chunk in _statements(sql, values):
        run(text, (*before, *chunk))


def fetch_by_keys(sql: str, keys: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows of a fixed SELECT, as bare tuples, for keys of one column or several; their order is not kept.

    To be joined with: SQLite finds no index for several columns that are `IN` something.
    """
    every, rows = list(keys), []
    while every:
        number = _CHUNK // len(every[0])
        chunk, every = every[:number], every[number:]
        mark = f"({', '.join('?' * len(chunk[0]))})"
        text = sql.format(keys=", ".join([mark] * len(chunk)))
        rows += run(text, [value for key in chunk for value in key]).fetchall()
    return rows


def _statements(sql: str, values: Collection[Any]) -> Iterator[tuple[str, list[Any]]]:
    every = list(values)
    for start in range(0, len(every), _CHUNK):
        chunk = every[start : start + _CHUNK]
        yield sql.format(marks=", ".join("?" * len(chunk))), chunk
