"""When `hostagent run` begins its next round: noted once a round, for `hostagent status` to tell."""

import contextlib
import json
import time
from pathlib import Path

from hostagent.private_files import write_private
from hostagent.wire import encode


def note_next_round(state_dir: Path, seconds_from_now: float) -> None:
    """On a full disk it stays unknown, which harms nobody."""
    with contextlib.suppress(OSError):
        write_private(_file_in(state_dir), encode({"next_round_at": time.time() + seconds_from_now}))


def read_next_round(state_dir: Path) -> float | None:
    """Epoch seconds by this host's clock; None when it is not known. It may have passed."""
    try:
        moment = json.loads(_file_in(state_dir).read_bytes())["next_round_at"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return moment if isinstance(moment, int | float) else None


def _file_in(state_dir: Path) -> Path:
    return state_dir / "next-round.json"
