"""Requests that wait for news: parked without a connection, and woken by one watcher for all of them."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, RLock, Semaphore, Thread, local
from typing import Any, NamedTuple

from collector.database import give_back_connection

logger = logging.getLogger(__name__)

MAX_PARKED = 1_000
MAX_WAIT_SECONDS = 30.0
"""No request is parked for longer, so that a revoked token gets nothing more after this time."""
RETRY_AFTER_SECONDS = 15
"""What a caller is told who may not park now."""

# So many of those who were woken are at work at once. More would be no quicker: they take the processor and the
# database's few connections from each other, and from whoever comes anew.
_MOST_AT_WORK = 8
# Without a turn by then, as when the database is away, a request goes on all the same.
_TURN_WITHIN_SECONDS = 10.0
# What another process commits is seen within the first; this process says so itself, at most once in the second.
_LOOK_EVERY_SECONDS = 0.15
_LOOK_APART_SECONDS = 0.02
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Signals:
    """What the database's counters said last. They only rise."""

    revision: int
    wishes: Mapping[int, int]
    """Of each host the highest cursor issued; a host that nobody ever wished anything of has none."""
    fetched: int = 0
    """Higher whenever an agent has fetched new wishes."""

    def is_before(self, later: "Signals") -> bool:
        """Whether an account, or what is known of a wish, has changed in between."""
        return later.revision > self.revision or later.fetched > self.fetched


class News(NamedTuple):
    """What a request waits for."""

    part: Callable[[Signals], Any]
    """Of the signals, what it depends on. Until that has changed, none of all who wait for the same part is asked."""
    has_come: Callable[[Signals], bool]
    """Must ask whether a counter is beyond a value, and be quick. It may be true for signals older than what the caller
    has read, so there may be nothing new after all."""


@dataclass(eq=False)
class Seat:
    """Of one request. Whoever knows it may end the wait, before it begins too."""

    wake: Event = field(default_factory=Event)


class Parking:
    """Where the requests of one process wait.

    The watcher is a thread that runs while somebody is parked. Without it, for whatever reason, nobody waits longer
    than asked for; they only wake late.
    """

    def __init__(self, read_signals: Callable[[], Signals], clock: Callable[[], datetime], capacity: int) -> None:
        self._read_signals = read_signals
        self._clock = clock
        self._capacity = capacity
        # One that the thread which holds it can take again: a signal may come in the midst of it.
        self._lock = RLock()
        self._parked: dict[Seat, News] = {}
        self._parts: dict[Callable[[Signals], Any], Any] = {}
        """As they were when those who depend on them were asked last."""
        self._watcher: Thread | None = None
        self._look_now = Event()
        self._last: Signals | None = None
        self._has_ended = False
        self._turns = Semaphore(_MOST_AT_WORK)
        self._mine = local()

    def park(self, news: News, seconds: float, wake_at: datetime | None = None, seat: Seat | None = None) -> bool:
        """Give the connection back and sleep until there is news, the time to wake up, or `seconds` have passed.

        Whoever was asleep then has a turn, until it parks again or calls `end_turn`: often all are woken at once.
        False at once, without sleeping, when too many are parked already: the caller answers now, with Retry-After.
        """
        give_back_connection()
        self.end_turn()
        if wake_at is not None:
            seconds = min(seconds, (wake_at - self._clock()).total_seconds())
        seat = seat or Seat()
        if not self._add(seat, news):
            return False
        try:
            if seconds > 0 and not self._is_over_already(news):
                seat.wake.wait(min(seconds, MAX_WAIT_SECONDS))
        finally:
            self._remove(seat)
        self._mine.has_turn = self._turns.acquire(timeout=_TURN_WITHIN_SECONDS)
        return True

    def end_turn(self) -> None:
        """The request of this thread is over, whether it was ever parked or not."""
        if getattr(self._mine, "has_turn", False):
            self._mine.has_turn = False
            self._turns.release()

    def notify(self) -> None:
        """Something was committed in this process: look now, not at the next turn."""
        self._look_now.set()

    def end(self) -> None:
        """Wake everybody, and let nobody sleep any more: the process is about to stop."""
        with self._lock:
            self._has_ended = True
            for seat in self._parked:
                seat.wake.set()

    @property
    def count(self) -> int:
        """How many are parked."""
        return len(self._parked)

    def _add(self, seat: Seat, news: News) -> bool:
        with self._lock:
            if len(self._parked) >= self._capacity:
                return False
            self._parked[seat] = news
            if self._watcher is None or not self._watcher.is_alive():
                self._start_watcher()
        return True

    def _remove(self, seat: Seat) -> None:
        with self._lock:
            self._parked.pop(seat, None)

    def _is_over_already(self, news: News) -> bool:
        """The watcher may have seen the news before this request came; it would not look again so soon."""
        return self._has_ended or (self._last is not None and news.has_come(self._last))

    def _start_watcher(self) -> None:
        self._look_now.set()
        self._watcher = Thread(target=self._watch, name="parking", daemon=True)
        try:
            self._watcher.start()
        except RuntimeError as error:
            # No more threads: whoever parks sleeps until the time is up.
            logger.warning("nobody watches for parked requests: %s", error)
            self._watcher = None

    def _watch(self) -> None:
        failures = 0
        while self._is_needed():
            self._look_now.wait(_RETRY_SECONDS if failures else _LOOK_EVERY_SECONDS)
            self._look_now.clear()
            try:
                self._look()
                failures = 0
            except Exception:
                failures += 1
                if failures == 1:
                    logger.exception("could not look for news of parked requests; trying again")
            finally:
                give_back_connection()
            time.sleep(_LOOK_APART_SECONDS)

    def _is_needed(self) -> bool:
        """Asked under the lock: whoever parks next finds the watcher either at work or gone."""
        with self._lock:
            if not self._parked:
                self._watcher = None
            return self._watcher is not None

    def _look(self) -> None:
        signals = self._last = self._read_signals()
        with self._lock:
            parked = list(self._parked.items())
        parts = {part: part(signals) for part in {news.part for _, news in parked}}
        # Who parks from now on has seen these signals.
        changed = {part for part, value in parts.items() if part not in self._parts or self._parts[part] != value}
        self._parts |= parts
        for seat, news in parked:
            if news.part in changed and news.has_come(signals):
                seat.wake.set()
