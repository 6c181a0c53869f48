"""Writes that wait for their turn are committed together: one wait for the disk serves them all."""

import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, TypeVar

from collector.database import FAULTS, give_back_connection, savepoint, write_transaction
from collector.errors import DatabaseBusy

Result = TypeVar("Result")

# Whatever a turn holds, nobody else writes meanwhile, and the patience of others ends at 1.6 s.
_MOST_TOGETHER = 32
_BEGINS_NOTHING_AFTER_SECONDS = 0.5
# Longer than any turn that goes well, and two may have to be waited for.
_WAIT_SECONDS = 4.0


class _Job:
    """What one caller wants written. Woken once that is done, or when the caller is to write for all who wait."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        # Sooner done than an Event: every caller makes one, and most wait at it.
        self._calls: SimpleQueue[None] = SimpleQueue()
        self.is_taken = False
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def is_woken(self) -> bool:
        return not self._calls.empty()

    def wake(self) -> None:
        self._calls.put(None)

    def sleep(self, seconds: float | None = None) -> bool:
        """Until it is woken, which it is told once; False after so many seconds."""
        try:
            self._calls.get(timeout=seconds)
        except Empty:
            return False
        return True

    def write(self) -> None:
        """Part of the transaction of all. A fault of the database is everybody's, anything else this job's own."""
        try:
            with savepoint():
                self.result = self._work()
        except FAULTS:
            raise
        except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it
            self.error = error


class _Queue:
    """Jobs that nobody has begun to write. While there are any, one of their callers is on its way to do so."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: deque[_Job] = deque()
        self._is_led = False

    def __len__(self) -> int:
        return len(self._jobs)

    def join(self, job: _Job) -> bool:
        """Whether its caller is the one who is to write."""
        with self._lock:
            self._jobs.append(job)
            is_leader, self._is_led = not self._is_led, True
        return is_leader

    def take(self) -> _Job | None:
        """The next one, if there is any."""
        with self._lock:
            job = self._jobs.popleft() if self._jobs else None
            if job is not None:
                job.is_taken = True
        return job

    def hand_over(self) -> None:
        """Let the next caller write, if there is one."""
        with self._lock:
            self._is_led = bool(self._jobs)
            if self._jobs:
                self._jobs[0].wake()

    def leave(self, job: _Job) -> bool:
        """False when it is too late: the job is being written, or its caller is to write."""
        with self._lock:
            can_leave = not job.is_taken and not job.is_woken
            if can_leave:
                self._jobs.remove(job)
        return can_leave


_queue = _Queue()


def commit_together(work: Callable[[], Result]) -> Result:
    """What `work` returns, once all that it wrote is durable; what it raises, and then it has written nothing.

    It runs in the thread of any of the callers who wait, one after the other; the first who finds nobody at it writes
    for the others too. Raises DatabaseBusy when the turn does not come within a few seconds.
    """
    job = _Job(work)
    if not _queue.join(job):
        give_back_connection()
        _wait(job)
    if not job.is_taken:
        _lead()
    if job.error is not None:
        raise job.error
    result: Result = job.result
    return result


def _wait(job: _Job) -> None:
    if not job.sleep(_WAIT_SECONDS):
        if _queue.leave(job):
            raise DatabaseBusy("Other requests are being written; send this one again.")
        # Nobody can say before that what became of it.
        job.sleep()


def _lead() -> None:
    """Write what waits once the turn has come, then let another caller go on."""
    jobs: list[_Job] = []
    try:
        with write_transaction():
            _write_some(jobs)
    except BaseException as error:  # noqa: BLE001 - everybody's, who each get it
        if not jobs:
            # The turn did not come: who waits has waited for it too, and is not to wait as long once more.
            jobs += iter(_queue.take, None)
        for job in jobs:
            job.error = error
    finally:
        _queue.hand_over()
        for job in jobs:
            job.wake()


def _write_some(jobs: list[_Job]) -> None:
    """Take and write, until nobody waits or it has been enough for one turn; what was taken is in `jobs`."""
    ends_at = time.monotonic() + _BEGINS_NOTHING_AFTER_SECONDS
    while len(jobs) < _MOST_TOGETHER and (not jobs or time.monotonic() < ends_at):
        job = _queue.take()
        if job is None:
            return
        jobs.append(job)
        job.write()
