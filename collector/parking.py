"""Requests that wait for news: parked without a connection, and woken by one watcher for all of them."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, RLock, Semaphore, Thread, local

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


@dataclass(eq=False)
class _Parked:
    is_over: Callable[[Signals], bool]
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
        self._parked: set[_Parked] = set()
        self._watcher: Thread | None = None
        self._look_now = Event()
        self._last: Signals | None = None
        self._has_ended = False
        self._turns = Semaphore(_MOST_AT_WORK)
        self._mine = local()

    def park(self, is_over: Callable[[Signals], bool], seconds: float, wake_at: datetime | None = None) -> bool:
        """Give the connection back and sleep until `is_over`, the time to wake up, or `seconds` have passed.

        Whoever was asleep then has a turn, until it parks again or calls `end_turn`: often all are woken at once.
        False at once, without sleeping, when too many are parked already: the caller answers now, with Retry-After.
        `is_over` must ask whether a counter is beyond a value, and be quick: the watcher calls it for everybody. It
        may be true for signals older than what the caller has read, so there may be nothing new after all.
        """
        give_back_connection()
        self.end_turn()
        if wake_at is not None:
            seconds = min(seconds, (wake_at - self._clock()).total_seconds())
        parked = _Parked(is_over)
        if not self._add(parked):
            return False
        try:
            if seconds > 0 and not self._is_over_already(parked):
                parked.wake.wait(min(seconds, MAX_WAIT_SECONDS))
        finally:
            self._remove(parked)
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
            for parked in self._parked:
                parked.wake.set()

    @property
    def count(self) -> int:
        """How many are parked."""
        return len(self._parked)

    def _add(self, parked: _Parked) -> bool:
        with self._lock:
            if len(self._parked) >= self._capacity:
                return False
            self._parked.add(parked)
            if self._watcher is None or not self._watcher.is_alive():
                self._start_watcher()
        return True

    def _remove(self, parked: _Parked) -> None:
        with self._lock:
            self._parked.discard(parked)

    def _is_over_already(self, parked: _Parked) -> bool:
        """The watcher may have seen the news before this request came; it would not look again so soon."""
        return self._has_ended or (self._last is not None and parked.is_over(self._last))

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
            parked = list(self._parked)
        for request in parked:
            if request.is_over(signals):
                request.wake.set()
