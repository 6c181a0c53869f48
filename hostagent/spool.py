"""Snapshots that the collector has not acknowledged yet: one file a batch, in order, checked by its digest."""

import contextlib
import fcntl
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hostagent.batch_files import (
    Batch,
    count_by_name,
    drop_oldest,
    first_seq_by_name,
    list_batch_files,
    read_batch,
    with_status,
    write_batch,
)
from hostagent.checked_files import Damaged, read_checked, write_checked
from hostagent.private_files import make_private_folder, sync_folder, write_private
from hostagent.state_locks import lock_file
from hostagent.wire import Item, encode, split_into_batches
from hostagent.wire_limits import MAX_ITEMS

logger = logging.getLogger(__name__)

# The oldest go first. The collector keeps its ledger a day longer than a snapshot can wait here.
MAX_BYTES = 64 * 1024 * 1024
MAX_AGE_SECONDS = 7 * 86_400.0

_EPOCH = re.compile("[0-9a-f]{32}")
_LEAST_JUMP_SECONDS = 60.0
# Counts on while the machine sleeps, on Linux and on macOS.
_STEADY_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True)
class _Counter:
    """What is kept beside the spool: the next number, and what was dropped and is not told by a batch yet."""

    epoch: str
    next_seq: int
    dropped: int = 0


class Spool:
    """The spool of one state folder. `seq` rises for ever and is on disk before it is used."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._counter = state_dir / "sequence.json"
        self._waiting = state_dir / "spool"
        self._refused = state_dir / "refused"
        self._corrupt = state_dir / "corrupt"
        self._clock_ahead = _clock_ahead()

    def add(self, items: Sequence[Item], dropped: int = 0) -> None:
        """Give the items their numbers and put them on disk. `dropped` were lost before they came this far.

        All or none: after an OSError nothing of this is kept or counted.
        """
        with self._locked():
            self._follow_clock()
            if items:
                self._write(self._reserve(len(items)), items, dropped)
            elif dropped:
                self._count_dropped(dropped)
            self._drop_beyond_caps()

    def batches(self) -> Iterator[Batch]:
        """What waits, oldest first. A file that is not what was written is set aside and passed over."""
        for path in list_batch_files(self._waiting):
            try:
                yield read_batch(path)
            except FileNotFoundError:
                continue
            except Damaged as damage:
                self._set_damaged_aside(path, damage)

    def count_items(self) -> int:
        """By the names of the files; costs no look into them."""
        return sum(count_by_name(path) for path in list_batch_files(self._waiting))

    def count_batches(self) -> int:
        return len(list_batch_files(self._waiting))

    def remove(self, batch: Batch) -> None:
        """Forget a batch: every item in it was acknowledged or kept elsewhere."""
        batch.path.unlink(missing_ok=True)
        sync_folder(self._waiting)

    def set_aside(self, batch: Batch, refused: Sequence[tuple[Item, str | None]]) -> None:
        """Keep items that the collector will never take, with its code for each, for a person to look at."""
        lines = [encode({"code": code, "epoch": batch.epoch, "item": item}) for item, code in refused]
        name = f"{batch.epoch[:8]}-{refused[0][0]['seq']:020d}.jsonl"
        write_private(self._refused / name, b"\n".join(lines) + b"\n")
        drop_oldest(self._refused, MAX_BYTES)

    def take_new_epoch(self) -> None:
        """Count under a new name from now on: the collector knows other snapshots under the numbers of this one."""
        with self._locked():
            self._write_counter(replace(self._read_counter(), epoch=secrets.token_hex(16)))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """For the moment of a write: several programs may add, whoever delivers. Deleted folders are made anew."""
        with lock_file(self._state_dir, "spool.lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for folder in (self._waiting, self._refused, self._corrupt):
                make_private_folder(folder)
            # Whoever was writing these holds the lock no more, so it was killed.
            for unfinished in (*self._waiting.glob(".*.batch.*"), *self._state_dir.glob(f".{self._counter.name}.*")):
                unfinished.unlink(missing_ok=True)
            yield

    def _set_damaged_aside(self, path: Path, damage: Damaged) -> None:
        """Never in the way of what waits behind it, not even on a full disk."""
        logger.warning("%a is damaged (%s) and is set aside in %s", path.name, damage, self._corrupt)
        try:
            with self._locked():
                self._move_to_corrupt(path)
                self._count_dropped(count_by_name(path))
        except OSError as error:
            logger.warning("%s cannot be written: %s", self._state_dir, error.strerror)

    def _move_to_corrupt(self, path: Path) -> None:
        """Under a new name: its own may be too odd, or there already."""
        path.replace(self._corrupt / f"{secrets.token_hex(8)}{path.suffix}")
        sync_folder(self._corrupt)
        # Nobody may ever look in there.
        drop_oldest(self._corrupt, MAX_BYTES)

    def _reserve(self, count: int) -> _Counter:
        """The counter as it was: its numbers now belong to the caller."""
        counter = self._read_counter()
        self._write_counter(replace(counter, next_seq=counter.next_seq + count))
        return counter

    def _write(self, counter: _Counter, items: Sequence[Item], dropped: int) -> None:
        """What was dropped is forgotten once a batch that tells it is on disk.

        A crash in between counts it twice rather than not at all.
        """
        numbered = [{"seq": counter.next_seq + index, **item} for index, item in enumerate(items)]
        untold, written = counter.dropped + dropped, []
        try:
            for batch in split_into_batches(numbered):
                written.append(write_batch(self._waiting, counter.epoch, batch, untold))
                untold = 0
            if counter.dropped:
                self._write_counter(_Counter(counter.epoch, counter.next_seq + len(items)))
        except OSError:
            for path in written:
                path.unlink(missing_ok=True)
            raise

    def _read_counter(self) -> _Counter:
        """A lost or damaged counter is a new epoch, whose numbers stand behind those of what waits still."""
        last = max(map(first_seq_by_name, list_batch_files(self._waiting)), default=0)
        try:
            counter = _Counter(**read_checked(self._counter))
            if _EPOCH.fullmatch(counter.epoch) and counter.next_seq > last:
                return counter
        except (FileNotFoundError, TypeError):
            pass
        except Damaged:
            self._move_to_corrupt(self._counter)
        return _Counter(secrets.token_hex(16), last + MAX_ITEMS + 1 if last else 1)

    def _write_counter(self, counter: _Counter) -> None:
        write_checked(self._counter, asdict(counter))

    def _follow_clock(self) -> None:
        """When this machine's clock was set, what waits becomes no older and no younger by that."""
        ahead = _clock_ahead()
        jump = ahead - self._clock_ahead
        if abs(jump) < _LEAST_JUMP_SECONDS:
            return
        self._clock_ahead = ahead
        for path, status in with_status(list_batch_files(self._waiting)):
            with contextlib.suppress(FileNotFoundError):
                os.utime(path, (status.st_atime, status.st_mtime + jump))

    def _drop_beyond_caps(self) -> None:
        files = with_status(list_batch_files(self._waiting))
        too_much = sum(status.st_size for _, status in files) - MAX_BYTES
        oldest_allowed = time.time() - MAX_AGE_SECONDS
        for path, status in files:
            if too_much <= 0 and status.st_mtime >= oldest_allowed:
                return
            too_much -= status.st_size
            self._drop(path)

    def _drop(self, path: Path) -> None:
        """Counted before it is gone. On a full disk, where nothing can be counted, it stays until it can."""
        lost = count_by_name(path)
        with contextlib.suppress(Damaged, FileNotFoundError):
            lost += read_batch(path).dropped
        try:
            self._count_dropped(lost)
            path.unlink(missing_ok=True)
            logger.warning("the spool is full: %d snapshots are dropped", lost)
        except OSError as error:
            logger.warning("%s cannot be written: %s", self._state_dir, error.strerror)

    def _count_dropped(self, count: int) -> None:
        counter = self._read_counter()
        self._write_counter(replace(counter, dropped=counter.dropped + count))


def count_untold(state_dir: Path) -> int:
    """How many snapshots were dropped that the collector does not know of yet. Changes nothing in there."""
    untold = 0
    with contextlib.suppress(Damaged, FileNotFoundError, TypeError):
        untold += _Counter(**read_checked(state_dir / "sequence.json")).dropped
    for path in list_batch_files(state_dir / "spool"):
        with contextlib.suppress(Damaged, FileNotFoundError):
            untold += read_batch(path).dropped
    return untold


def _clock_ahead() -> float:
    """How far the clock that can be set is ahead of the one that only counts on."""
    return time.time() - time.clock_gettime(_STEADY_CLOCK)
