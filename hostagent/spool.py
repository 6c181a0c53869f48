"""Snapshots that the collector has not acknowledged yet: one file a batch, in order, checked by its digest."""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hostagent.errors import ConfigError, StateBusy
from hostagent.private_files import make_private_folder, sync_folder, write_private
from hostagent.wire import Item, encode, split_into_batches
from hostagent.wire_limits import MAX_ITEMS

logger = logging.getLogger(__name__)

# The oldest go first. The collector keeps its ledger a day longer than a snapshot can wait here.
MAX_BYTES = 64 * 1024 * 1024
MAX_AGE_SECONDS = 7 * 86_400.0

_PATIENCE_SECONDS = 45.0
_RETRY_SECONDS = 0.1


@dataclass(frozen=True)
class Batch:
    """One file of the spool, read back whole. `dropped`: how many snapshots before it never left this host."""

    path: Path
    epoch: str
    items: Sequence[Item]
    dropped: int


@dataclass(frozen=True)
class _Counter:
    """What is kept beside the spool: the next number, and what was dropped since the last batch was written."""

    epoch: str
    next_seq: int
    dropped: int = 0


class Spool:
    """The spool of one state folder. `seq` rises for ever and is on disk before it is used."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = make_private_folder(state_dir)
        self._counter = state_dir / "sequence.json"
        self._waiting = make_private_folder(state_dir / "spool")
        self._refused = make_private_folder(state_dir / "refused")
        self._corrupt = make_private_folder(state_dir / "corrupt")

    def add(self, items: Sequence[Item], dropped: int = 0) -> None:
        """Give the items their numbers and put them on disk. `dropped` were lost before they came this far."""
        with self._locked():
            if dropped:
                self._count_dropped(dropped)
            for batch in split_into_batches(items):
                self._write(self._reserve(len(batch)), batch)
            self._drop_beyond_caps()

    def batches(self) -> Iterator[Batch]:
        """What waits, oldest first. A file that is not what was written is set aside and passed over."""
        for path in sorted(self._waiting.glob("*.batch")):
            batch = self._read_batch(path)
            if batch is not None:
                yield batch

    def count_items(self) -> int:
        return sum(len(batch.items) for batch in self.batches())

    def count_batches(self) -> int:
        """How many files wait; costs no look into them."""
        return sum(1 for _ in self._waiting.glob("*.batch"))

    def remove(self, batch: Batch) -> None:
        """Forget a batch: every item in it was acknowledged or kept elsewhere."""
        batch.path.unlink(missing_ok=True)
        sync_folder(self._waiting)

    def set_aside(self, batch: Batch, refused: Sequence[tuple[Item, str | None]]) -> None:
        """Keep items that the collector will never take, with its code for each, for a person to look at."""
        lines = [encode({"code": code, "epoch": batch.epoch, "item": item}) for item, code in refused]
        write_private(self._refused / batch.path.with_suffix(".jsonl").name, b"\n".join(lines) + b"\n")

    def take_new_epoch(self) -> None:
        """Count under a new name from now on: the collector knows other snapshots under the numbers of this one."""
        with self._locked():
            self._write_counter(replace(self._read_counter(), epoch=secrets.token_hex(16)))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """For the moment of a write: several programs may add, whoever delivers."""
        with _lock_file(self._state_dir, "spool.lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield

    def _read_batch(self, path: Path) -> Batch | None:
        """None for a file that is gone, and for one that is not what was written."""
        try:
            document = _read_checked(path)
            return Batch(path, document["epoch"], document["items"], document.get("dropped", 0))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("%s is damaged (%s) and was set aside in %s", path.name, error, self._corrupt)
            _move(path, self._corrupt)
            return None

    def _reserve(self, count: int) -> _Counter:
        """The counter as it was: its numbers and its dropped snapshots now belong to the caller's batch."""
        counter = self._read_counter()
        self._write_counter(_Counter(counter.epoch, counter.next_seq + count))
        return counter

    def _read_counter(self) -> _Counter:
        """A lost or damaged counter is a new epoch, whose numbers stand behind those of what waits still."""
        try:
            document = json.loads(self._counter.read_bytes())
            return _Counter(str(document["epoch"]), int(document["next_seq"]), int(document.get("dropped", 0)))
        except (OSError, ValueError, KeyError, TypeError):
            last_batch = max((int(path.stem) for path in self._waiting.glob("*.batch")), default=0)
            return _Counter(secrets.token_hex(16), last_batch + MAX_ITEMS + 1 if last_batch else 1)

    def _write_counter(self, counter: _Counter) -> None:
        write_private(self._counter, encode(asdict(counter)))

    def _write(self, counter: _Counter, items: Sequence[Item]) -> None:
        numbered = [{"seq": counter.next_seq + index, **item} for index, item in enumerate(items)]
        body = encode({"epoch": counter.epoch, "items": numbered, "dropped": counter.dropped})
        header = encode({"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()})
        write_private(self._waiting / f"{counter.next_seq:020d}.batch", header + b"\n" + body)

    def _drop_beyond_caps(self) -> None:
        files = [(path, path.stat()) for path in sorted(self._waiting.glob("*.batch"))]
        too_much = sum(status.st_size for _, status in files) - MAX_BYTES
        oldest_allowed = time.time() - MAX_AGE_SECONDS
        for path, status in files:
            if too_much <= 0 and status.st_mtime >= oldest_allowed:
                return
            too_much -= status.st_size
            self._drop(path)

    def _drop(self, path: Path) -> None:
        """Counted before it is gone: a crash in between counts it twice rather than not at all."""
        try:
            document = _read_checked(path)
            lost = len(document["items"]) + document.get("dropped", 0)
        except (OSError, ValueError):
            lost = 1
        logger.warning("the spool is full: %d snapshots are dropped", lost)
        self._count_dropped(lost)
        path.unlink()

    def _count_dropped(self, count: int) -> None:
        counter = self._read_counter()
        self._write_counter(replace(counter, dropped=counter.dropped + count))


@contextlib.contextmanager
def only_deliverer(state_dir: Path) -> Iterator[None]:
    """Be the one that delivers: `push` waits for `run`. Raises StateBusy when that takes too long."""
    with _lock_file(state_dir, "delivery.lock") as descriptor:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise StateBusy("another hostagent is still delivering; what was seen waits in the spool")
            time.sleep(_RETRY_SECONDS)
        yield


@contextlib.contextmanager
def only_agent(state_dir: Path) -> Iterator[None]:
    """Be the one `hostagent run` of this state folder. Raises ConfigError when there is one already."""
    with _lock_file(state_dir, "agent.lock") as descriptor:
        if not _try_lock(descriptor):
            # `hostagent status` may be looking at this lock for a moment.
            time.sleep(_RETRY_SECONDS)
        if not _try_lock(descriptor):
            raise ConfigError(
                f"{state_dir}: another `hostagent run` works in this folder; end it first, or give this one its own"
                " state_dir"
            )
        yield


@contextlib.contextmanager
def _lock_file(state_dir: Path, name: str) -> Iterator[int]:
    descriptor = os.open(make_private_folder(state_dir) / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_checked(path: Path) -> dict[str, Any]:
    header, _, body = path.read_bytes().partition(b"\n")
    expected = json.loads(header)
    if not isinstance(expected, dict) or expected.get("sha256") != hashlib.sha256(body).hexdigest():
        raise ValueError("its digest does not match")
    document: dict[str, Any] = json.loads(body)
    return document


def _move(path: Path, folder: Path) -> None:
    path.replace(folder / path.name)
    sync_folder(folder)
