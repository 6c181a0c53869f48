"""`hostagent status`: what waits on this host, by the state folder alone. Changes nothing in there."""

import fcntl
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hostagent.config import Config


@dataclass(frozen=True)
class Status:
    """Ages are in seconds; None where there is nothing to tell the age of.

    `last_delivery_age`: since the spool became empty; None while something waits, which is then older than
    `oldest_waiting_age` tells, and before the first push.
    """

    is_running: bool
    waiting: int
    oldest_waiting_age: float | None
    refused: int
    corrupt: int
    last_snapshot_age: float | None
    last_delivery_age: float | None


def status(config: Config) -> Status:
    """Also without a state folder: then nothing has happened yet."""
    spool = config.state_dir / "spool"
    last_snapshot_age = _age(config.state_dir / "sequence.json")
    waiting = _files(spool, "*.batch")
    return Status(
        is_running=is_agent_running(config.state_dir),
        waiting=sum(_count_items(path) for path in waiting),
        oldest_waiting_age=max((age for path in waiting if (age := _age(path)) is not None), default=None),
        refused=_count_lines(_files(config.state_dir / "refused", "*.jsonl")),
        corrupt=len(_files(config.state_dir / "corrupt", "*.batch")),
        last_snapshot_age=last_snapshot_age,
        last_delivery_age=None if waiting or last_snapshot_age is None else _age(spool),
    )


def is_agent_running(state_dir: Path) -> bool:
    """Whether a `hostagent run` holds the lock of this state folder."""
    try:
        with (state_dir / "agent.lock").open("rb") as file:
            # Shared: two who look at the same time do not take each other for the agent.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _files(folder: Path, pattern: str) -> Sequence[Path]:
    return sorted(folder.glob(pattern))


def _count_items(path: Path) -> int:
    """None of a file that is damaged or was delivered just now."""
    try:
        return len(json.loads(path.read_bytes().partition(b"\n")[2])["items"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _count_lines(paths: Iterable[Path]) -> int:
    return sum(path.read_bytes().count(b"\n") for path in paths)


def _age(path: Path) -> float | None:
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return None
