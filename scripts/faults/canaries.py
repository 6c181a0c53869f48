"""Secrets that must not sing anywhere, and places to listen."""

import contextlib
import threading
from pathlib import Path
from typing import Self

# A part of a secret as long as this gives it away, too.
_PIECE = 20


class Canaries:
    """Planted secrets by name."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[bytes]] = {}

    def plant(self, name: str, secret: str) -> str:
        pieces = [secret[start : start + _PIECE] for start in range(0, max(1, len(secret) - _PIECE + 1), _PIECE)]
        self._pieces[name] = [piece.encode() for piece in pieces]
        return secret

    def __len__(self) -> int:
        return len(self._pieces)

    def find_in(self, content: bytes) -> set[str]:
        """Whose secrets stand in there, whole or in part."""
        return {name for name, pieces in self._pieces.items() if any(piece in content for piece in pieces)}


class ProcessWatcher:
    """What every process that was started meanwhile had in its argument list and its environment."""

    _LOOK_SECONDS = 0.02

    def __init__(self) -> None:
        self.arguments: set[bytes] = set()
        self.environments: dict[bytes, bytes] = {}
        """By argument list."""
        self._is_over = threading.Event()
        self._before = set(Path("/proc").glob("[0-9]*"))
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(self._LOOK_SECONDS):
            for process in set(Path("/proc").glob("[0-9]*")) - self._before:
                self._look(process)

    def _look(self, process: Path) -> None:
        with contextlib.suppress(OSError):
            arguments = (process / "cmdline").read_bytes()
            self.arguments.add(arguments)
            self.environments[arguments] = (process / "environ").read_bytes()
