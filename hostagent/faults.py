"""Collects what is wrong in one file of settings, so that a person sees all of it at once."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hostagent.errors import ConfigError
from hostagent.wire_limits import MAX_TEXT, is_sendable


class Faults:
    """Reads values from a parsed document; each wrong one becomes a line `path: key: what is wrong`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: list[str] = []

    def add(self, key: str, problem: str) -> None:
        self.lines.append(f"{self.file}: {key}: {problem}" if key else f"{self.file}: {problem}")

    def raise_if_any(self) -> None:
        if self.lines:
            raise ConfigError(*dict.fromkeys(self.lines))

    def refuse_unknown(self, where: str, document: Mapping[Any, Any], known: Iterable[str]) -> None:
        known = tuple(known)
        for key in document:
            if key not in known:
                nearest = get_close_matches(str(key), known, n=1, cutoff=0)
                self.add(_join(where, key), f"is not known here; the nearest name is {nearest[0]}")

    def text(self, where: str, document: Mapping[str, Any], key: str, most: int = MAX_TEXT) -> str | None:
        """None for an empty text too."""
        value = document.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.add(_join(where, key), f"must be text, not {value!r}")
        elif len(value) > most:
            self.add(_join(where, key), f"must have at most {most} characters, not {len(value)}")
        elif not is_sendable(value):
            self.add(_join(where, key), "must not hold a NUL or half a surrogate pair")
        else:
            return value
        return None

    def path(self, key: str, text: str) -> Path:
        """`text` as a path; a relative one is relative to the file that names it."""
        try:
            expanded = Path(text).expanduser()
        except RuntimeError:
            self.add(key, f"names no user whose home it could be in: {text!r}")
            expanded = Path(text)
        return Path(self.file).parent / expanded

    def flag(self, where: str, document: Mapping[str, Any], key: str, *, default: bool) -> bool:
        value = document.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.add(_join(where, key), f"must be true or false, not {value!r}")
            return default
        return value

    def number(self, document: Mapping[str, Any], key: str, default: int, allowed: range) -> int:
        value = document.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
            self.add(key, f"must be a whole number from {allowed.start} to {allowed.stop - 1}, not {value!r}")
            return default
        return value


def _join(where: str, key: Any) -> str:
    return f"{where}.{key}" if where else str(key)
