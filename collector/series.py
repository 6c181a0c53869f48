"""A line to draw from an account's runs: flat across each, broken where nothing was known, thinned to fit. Pure.

Times are epoch seconds throughout.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from collector.runs import RESET_JITTER_SECONDS

Point = tuple[float, float | None]
"""A time, and used % at that time; None breaks the line."""

# The first, the highest and the last point of a slot, and a break before and after them.
_POINTS_OF_SLOT = 5


class Span(NamedTuple):
    start: float
    end: float


class Stretch(NamedTuple):
    """A run of readings as one window of it shows."""

    span: Span
    patience: float | None
    """How long its last reading was recent; None: for ever."""
    used: float | None
    """None where the window was not there, or could not be read."""
    resets_at: float | None


class Failure(NamedTuple):
    span: Span
    code: str
    number: int
    """Of probes."""


def draw_line(stretches: Iterable[Stretch], span: Span, most: int) -> list[Point]:
    """At most so many points. The highest reading of every time is among them, however few they are.

    `stretches` by their start. One that reaches out of the span is cut at its edge.
    """
    visible = [stretch for stretch in stretches if _is_within(stretch.span, span)]
    points = sorted(_points(visible, span), key=itemgetter(0))
    if len(points) <= most:
        return points
    seconds = (span.end - span.start) / (most // _POINTS_OF_SLOT - 1)
    slots = groupby(points, key=lambda point: (point[0] - span.start) // seconds)
    return [point for _, slot in slots for point in _salient(list(slot))]


def list_resets(stretches: Iterable[Stretch], span: Span, most: int) -> list[float]:
    """When the window began anew; where many lie together, the first of them.

    By the provider's own time where that has passed; a window that began before is seen with the next reading.
    """
    found: list[float] = []
    apart = (span.end - span.start) / most
    for before, after in pairwise(stretches):
        at = _reset_between(before, after)
        if at is not None and span.start <= at <= span.end and (not found or at - found[-1] >= apart):
            found.append(at)
    return found


def draw_failures(failures: Iterable[Failure], span: Span, most: int) -> list[Failure]:
    """Those of one kind that lie close together are one."""
    apart = (span.end - span.start) / most
    open_: dict[str, Failure] = {}
    closed: list[Failure] = []
    for failure in (failure for failure in failures if _is_within(failure.span, span)):
        known = open_.get(failure.code)
        if known is not None and failure.span.start - known.span.end <= apart:
            open_[failure.code] = _joined(known, failure)
            continue
        if known is not None:
            closed.append(known)
        open_[failure.code] = failure
    return sorted([*closed, *open_.values()], key=lambda failure: failure.span.start)


def _joined(known: Failure, later: Failure) -> Failure:
    span = Span(known.span.start, max(known.span.end, later.span.end))
    return Failure(span, known.code, known.number + later.number)


def _points(stretches: Iterable[Stretch], span: Span) -> Iterator[Point]:
    newest: Stretch | None = None
    broken_at: float | None = None
    for stretch in stretches:
        start, end = max(stretch.span.start, span.start), min(stretch.span.end, span.end)
        if broken_at is None and newest is not None:
            broken_at = _break_between(newest, stretch)
        if stretch.used is None:
            continue
        if broken_at is not None:
            yield broken_at, None
        yield start, stretch.used
        if end > start:
            yield end, stretch.used
        broken_at = None
        # One that came late may lie within another.
        if newest is None or stretch.span.end >= newest.span.end:
            newest = stretch


def _break_between(before: Stretch, after: Stretch) -> float | None:
    if before.patience is not None and before.span.end + before.patience < after.span.start:
        return before.span.end + before.patience
    return after.span.start if after.used is None else None


def _salient(slot: Sequence[Point]) -> list[Point]:
    values = [index for index, (_, used) in enumerate(slot) if used is not None]
    highest = max(values, key=lambda index: slot[index][1] or 0, default=0)
    kept = {0, *values[:1], highest, *values[-1:], len(slot) - 1}
    return [slot[index] for index in sorted(kept)]


def _reset_between(before: Stretch, after: Stretch) -> float | None:
    """A window that nobody has used moves its reset along, and has nothing to begin anew."""
    if not before.used or before.resets_at is None or after.resets_at is None or after.used is None:
        return None
    if after.resets_at - before.resets_at < RESET_JITTER_SECONDS:
        return None
    if before.resets_at <= after.span.start:
        return before.resets_at
    return after.span.start if after.used < before.used else None


def _is_within(inner: Span, outer: Span) -> bool:
    return inner.end >= outer.start and inner.start <= outer.end
