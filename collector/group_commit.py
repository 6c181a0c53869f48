"""What many callers want written at the same time goes into one transaction: one wait for the disk serves them all."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Generic, TypeVar

from collector.database import FAULTS, give_back_connection, write_transaction
from collector.errors import DatabaseBusy

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

# Whatever a turn writes, nobody else writes meanwhile, and the patience of others ends at 1.6 s. A snapshot takes less
# than a tenth of a millisecond; one that comes late, on a database that is a millisecond away, two or three.
_MOST_SIZE = 200
# Longer than any turn that goes well, and two may have to be waited for.
_WAIT_SECONDS = 4.0


class _Job(Generic[Item]):
    """What one caller wants written. Woken once that is done, or when the caller is to write for all who wait."""

    def __init__(self, item: Item, size: int) -> None:
        self.item = item
        self.size = size
        self.is_taken = False
        self.result: Any = None
        self.error: BaseException | None = None
        # Sooner done than an Event: every caller makes one, and most wait at it.
        self._calls: SimpleQueue[None] = SimpleQueue()

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


class _Queue(Generic[Item]):
    """Jobs that nobody has begun to write. While there are any, one of their callers is on its way to do so."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: deque[_Job[Item]] = deque()
        self._is_led = False

    def __len__(self) -> int:
        return len(self._jobs)

    def join(self, job: _Job[Item]) -> bool:
        """Whether its caller is the one who is to write."""
        with self._lock:
            self._jobs.append(job)
            is_leader, self._is_led = not self._is_led, True
        return is_leader

    def take(self, most_size: float) -> list[_Job[Item]]:
        """The first, and those after it that fit."""
        taken: list[_Job[Item]] = []
        with self._lock:
            while self._jobs and (not taken or self._jobs[0].size <= most_size):
                job = self._jobs.popleft()
                most_size -= job.size
                job.is_taken = True
                taken.append(job)
        return taken

    def hand_over(self) -> None:
        """Let the next caller write, if there is one."""
        with self._lock:
            self._is_led = bool(self._jobs)
            if self._jobs:
                self._jobs[0].wake()

    def leave(self, job: _Job[Item]) -> bool:
        """False when it is too late: the job is being written, or its caller is to write."""
        with self._lock:
            can_leave = not job.is_taken and not job.is_woken
            if can_leave:
                self._jobs.remove(job)
        return can_leave


class GroupCommit(Generic[Item, Result]):
    """`write` writes several items within a transaction, and returns what became of each; `size` is that of an item."""

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]], size: Callable[[Item], int]) -> None:
        self._write_items = write
        self._size = size
        self._queue: _Queue[Item] = _Queue()

    def commit(self, item: Item) -> Result:
        """What became of the item, once that is durable; what its writing raises, and then nothing is written of it.

        It is written in the thread of any of the callers who wait: the first who finds nobody at it does so for the
        others too. Raises DatabaseBusy when the turn does not come within a few seconds.
        """
        job = _Job(item, self._size(item))
        if not self._queue.join(job):
            give_back_connection()
            self._wait(job)
        if not job.is_taken:
            self._lead()
        if job.error is not None:
            raise job.error
        result: Result = job.result
        return result

    def _wait(self, job: _Job[Item]) -> None:
        if not job.sleep(_WAIT_SECONDS):
            if self._queue.leave(job):
                raise DatabaseBusy("Other requests are being written; send this one again.")
            # Nobody can say before that what became of it.
            job.sleep()

    def _lead(self) -> None:
        """Write what waits once the turn has come, then let another caller go on."""
        jobs: list[_Job[Item]] = []
        try:
            with write_transaction():
                jobs = self._queue.take(_MOST_SIZE)
                self._write(jobs)
        except BaseException as error:  # noqa: BLE001 - theirs, who each get it
            # Where the turn did not come: who waits has waited for it too, and is not to wait as long once more.
            jobs = jobs or self._queue.take(float("inf"))
            self._tell_whose_it_is(error, jobs)
        finally:
            self._queue.hand_over()
            for job in jobs:
                job.wake()

    def _tell_whose_it_is(self, error: BaseException, jobs: Sequence[_Job[Item]]) -> None:
        if len(jobs) > 1 and _is_of_one(error):
            logger.error("what was to be written together failed; now each by itself", exc_info=error)
            self._write_one_by_one(jobs)
            return
        for job in jobs:
            job.error = error

    def _write_one_by_one(self, jobs: Sequence[_Job[Item]]) -> None:
        left = list(jobs)
        while left:
            failed: Sequence[_Job[Item]] = ()
            try:
                with write_transaction():
                    self._write(left[:1])
            except BaseException as error:  # noqa: BLE001 - theirs, who each get it
                failed = left[:1] if _is_of_one(error) else left
                for job in failed:
                    job.error = error
            left = left[max(1, len(failed)) :]

    def _write(self, jobs: Sequence[_Job[Item]]) -> None:
        results = self._write_items([job.item for job in jobs])
        for job, result in zip(jobs, results, strict=True):
            job.result = result


def _is_of_one(error: BaseException) -> bool:
    """A fault of the database is everybody's, and so is the end of the process."""
    return isinstance(error, Exception) and not isinstance(error, (DatabaseBusy, *FAULTS))
