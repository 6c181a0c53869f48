"""When `hostagent run` begins its next round, and when `run --once` ended its last: for `hostagent status` to tell."""

import contextlib
import json
import time
from pathlib import Path

from hostagent.private_files import write_private
from hostagent.wire import encode


def note_next_round(state_dir: Path, seconds_from_now: float) -> None:
    _note(state_dir / "next-round.json", "next_round_at", time.time() + seconds_from_now)


def read_next_round(state_dir: Path) -> float | None:
    """Epoch seconds by this host's clock; None when it is not known. It may have passed."""
    return _read(state_dir / "next-round.json", "next_round_at")


def note_single_round(state_dir: Path) -> None:
    """A round of `run --once` has just ended."""
    _note(state_dir / "last-single-round.json", "ended_at", time.time())


def read_single_round(state_dir: Path) -> float | None:
    """Epoch seconds by this host's clock of the end of the last; None when there was none."""
    return _read(state_dir / "last-single-round.json", "ended_at")


def _note(file: Path, name: str, moment: float) -> None:
    """On a full disk it stays unknown, which harms nobody."""
    with contextlib.suppress(OSError):
        write_private(file, encode({name: moment}))


def _read(file: Path, name: str) -> float | None:
    try:
        moment = json.loads(file.read_bytes())[name]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return moment if isinstance(moment, int | float) else None
