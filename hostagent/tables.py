"""Tables that line up on a terminal, also where Japanese text takes two columns a character."""

import unicodedata
from collections.abc import Sequence

_GAP = "  "


def format_table(headings: Sequence[str], rows: Sequence[Sequence[str]], max_width: int | None = None) -> str:
    """One line a row under its headings; an empty cell is shown as a dash.

    `max_width`: the columns of the terminal; lines that are longer end there, with an ellipsis.
    """
    lines = [headings, *([printable(cell) or "–" for cell in row] for row in rows)]
    widths = [max(display_width(line[column]) for line in lines) for column in range(len(headings))]
    padded = (_GAP.join(pad(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join(clip(line, max_width) for line in padded)


def pad(text: str, width: int) -> str:
    """Filled up with spaces to that many columns."""
    return text + " " * (width - display_width(text))


def clip(text: str, max_width: int | None) -> str:
    """Cut to that many columns where it is longer; None: as it is."""
    if max_width is None or display_width(text) <= max_width:
        return text
    while text and display_width(text) >= max_width:
        text = text[:-1]
    return f"{text}…"


def display_width(text: str) -> int:
    """Columns on a terminal: two for wide and full-width characters, none for marks that stand on another one."""
    return sum(_character_width(character) for character in text)


def printable(text: str) -> str:
    """Without anything that would move the cursor or colour the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
