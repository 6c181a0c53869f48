"""When a reading says the same as the first of a run, and is counted in it instead of beginning another event. Pure.

The numbers of a provider are never quite still, and most of what moves says nothing:

* A reset time wobbles by seconds from answer to answer: within two minutes it is the same.
* A window that nobody has used yet has not begun. Its reset moves along with the time of reading, always one length
  ahead, and is the same as long as it does.
* A bucket (Claude's limits per minute) is refilled all the time. Between two readings, minutes apart, it was emptied
  and filled nobody knows how often, and each probe takes a little out of it itself. Its reset says nothing, and its
  level is a sample: the same within ten points. Used up or not is never the same.

Everything else must be equal. A run is compared with its first reading, never with its last: so a slow drift, each
step of it too small to count, begins another event once it has come far enough.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec

RESET_JITTER_SECONDS = 120
_BUCKET_BAND_PERCENT = 10
_MOVING = frozenset({"resetsAt", "resetsAtIsoUtc"})
_MOVING_OF_BUCKET = _MOVING | {"remaining", "usedPercent", "leftPercent"}
_BLOCKED = "/blocked"

Gauges = Mapping[str, list[float | None]]
"""Of each window used % and reset (epoch seconds); of a bucket only used %. A window of a limit beside the main one is
named by its place, as `0/weekly`, the end of a block `/blocked`: no window of the main limit has a slash in it."""


@dataclass(frozen=True)
class Gist:
    """What is compared of a snapshot: a digest of all that must be equal, and beside it what may move."""

    fingerprint: str
    gauges: Gauges


def gist_of_failure(code: str) -> Gist:
    """Failures of one kind are the same, whatever is known beside them."""
    return Gist(_digest({"error": code}), {})


def gist_of_reading(normalized: Mapping[str, Any]) -> Gist:
    """Of the wire format's `normalized`."""
    limits, blocked = normalized.get("limits"), normalized.get("blocked")
    steady = {
        **normalized,
        "windows": _steady_windows(normalized.get("windows")),
        "limits": limits and [{**limit, "windows": _steady_windows(limit.get("windows"))} for limit in limits],
        "blocked": blocked and blocked.get("reason"),
    }
    return Gist(_digest(steady), dict(_gauges(normalized)))


def is_same(first: Gist, later: Gist, elapsed: timedelta) -> bool:
    """Whether `later`, read so much time after `first`, says the same."""
    return first.fingerprint == later.fingerprint and are_near(first.gauges, later.gauges, elapsed)


def are_near(first: Gauges, later: Gauges, elapsed: timedelta) -> bool:
    """What may move has moved by nothing that counts."""
    if first.keys() != later.keys():
        return False
    seconds = elapsed.total_seconds()
    return all(_is_near(gauge, later[name], seconds) for name, gauge in first.items())


def is_bucket(gauge: list[float | None]) -> bool:
    return len(gauge) == 1


def _is_near(first: list[float | None], later: list[float | None], seconds: float) -> bool:
    before, after = first[-1], later[-1]
    if before is None or after is None or len(first) != len(later):
        return first == later
    moved = after - before
    if is_bucket(later):
        return abs(moved) < _BUCKET_BAND_PERCENT
    is_unused = later[0] == 0
    return abs(moved) < RESET_JITTER_SECONDS or (is_unused and abs(moved - seconds) < RESET_JITTER_SECONDS)


def _gauges(normalized: Mapping[str, Any]) -> Iterator[tuple[str, list[float | None]]]:
    windows = dict(normalized.get("windows") or {})
    for place, limit in enumerate(normalized.get("limits") or ()):
        windows |= {f"{place}/{name}": window for name, window in (limit.get("windows") or {}).items()}
    for name, window in windows.items():
        used = window.get("usedPercent")
        yield name, [used] if window.get("bucket") else [used, window.get("resetsAt")]
    # Blocked by a bucket, it ends with the bucket's minute.
    if (blocked := normalized.get("blocked")) and not any(window.get("bucket") for window in windows.values()):
        yield _BLOCKED, [None, blocked.get("until")]


def _steady_windows(windows: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return windows and {name: _steady(window) for name, window in windows.items()}  # type: ignore[return-value]


def _steady(window: Mapping[str, Any]) -> dict[str, Any]:
    if not window.get("bucket"):
        return {name: value for name, value in window.items() if name not in _MOVING}
    plain = {name: value for name, value in window.items() if name not in _MOVING_OF_BUCKET}
    left = window.get("leftPercent")
    return {**plain, "isUsedUp": left is not None and left <= 0}


def _digest(meaning: Any) -> str:
    """Short, because every event keeps it; it is compared with that of the account's own newest event only."""
    return sha256(msgspec.json.encode(meaning, order="deterministic")).hexdigest()[:16]
