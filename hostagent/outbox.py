"""Brings finished snapshots into the spool and from there to the collector, in a thread of its own."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Any

from hostagent.backoff import Backoff
from hostagent.collector_client import Collector
from hostagent.config import Config
from hostagent.delivery import Delivery, deliver
from hostagent.errors import CollectorMisplaced, CollectorUnavailable, RequestRefused, StateBusy, TokenRefused
from hostagent.snapshot import Snapshot
from hostagent.spool import Spool
from hostagent.state_locks import only_deliverer
from hostagent.wire import snapshot_item

logger = logging.getLogger(__name__)

# A round's snapshots come in one after the other; those that answer no wish may travel together.
_COLLECT_SECONDS = 1.0
# After the state folder could not be written, as on a full disk: how long to wait, and how much to hold meanwhile.
_RETRY_SECONDS = 5.0
_MOST_HELD = 1000
# How long a stop waits for the last delivery.
_LAST_CALL_SECONDS = 20.0


class Outbox:
    """What was seen leaves from here, oldest first. Whatever the collector does, nothing is lost."""

    def __init__(self, config: Config, registry: Callable[[], dict[str, Any]]) -> None:
        self._config = config
        self._registry = registry
        self._collector = Collector(config)
        self._spool = Spool(config.state_dir)
        self._changed = threading.Condition()
        self._finished: list[Snapshot] = []
        # The last wish of each account that a snapshot has answered; later ones name it too.
        self._answered: dict[str, int] = {}
        self._dropped = 0
        self._is_full = False
        # When what has finished leaves; without end while nothing has.
        self._leaves_at = math.inf
        self._is_closing = False
        self._backoff = Backoff()
        # The registry goes first, and again when the collector has not heard from this host for an interval.
        self._due_at = -math.inf
        # A daemon: a collector that drips its answer byte by byte must not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, snapshot: Snapshot) -> None:
        with self._changed:
            self._finished.append(snapshot)
            patience = 0.0 if self._answers_wish(snapshot) else _COLLECT_SECONDS
            self._leaves_at = min(self._leaves_at, time.monotonic() + patience)
            self._changed.notify()

    def _answers_wish(self, snapshot: Snapshot) -> bool:
        """Whether it is the first since a wish."""
        label, cursor = snapshot.account_label, snapshot.refresh_cursor or 0
        is_first = cursor > self._answered.get(label, 0)
        if is_first:
            self._answered[label] = cursor
        return is_first

    def close(self) -> None:
        """Put everything into the spool, and try once more to deliver it."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(_LAST_CALL_SECONDS)
        if self._thread.is_alive():
            logger.warning("the collector does not let go; what was seen waits in the spool")
        self._keep()
        if self._finished or self._dropped:
            logger.error("snapshots that could not be kept and are lost: %d", len(self._finished) + self._dropped)

    def _work(self) -> None:
        while not self._is_closing:
            self._wait_for_work()
            self.turn()

    def turn(self) -> None:
        """Keep what has finished, and deliver what waits unless the collector is to be left alone just now."""
        try:
            self._keep()
            if time.monotonic() >= self._backoff.over_at:
                self._deliver()
        except Exception:
            logger.exception("delivering failed")
            self._due_at = self._backoff.fail()

    def _wait_for_work(self) -> None:
        """Until something has finished and may leave, or it is time to call anyway."""
        with self._changed:
            while not self._is_closing and (call_at := min(self._due_at, self._leaves_at)) > time.monotonic():
                self._changed.wait(call_at - time.monotonic())

    def _keep(self) -> None:
        """Put what has finished on disk. When that fails, as on a full disk, it is held and tried again."""
        with self._changed:
            finished, self._finished, self._leaves_at = self._finished, [], math.inf
        try:
            self._spool.add([snapshot_item(snapshot) for snapshot in finished], self._dropped)
        except OSError as error:
            if not self._is_full:
                logger.warning("spool full: %s; what is seen is held until it can be kept", error.strerror)
            self._is_full = True
            self._take_back(finished)
            return
        if self._is_full:
            logger.warning("the spool takes snapshots again; dropped while it was full: %d", self._dropped)
        self._dropped, self._is_full = 0, False

    def _take_back(self, snapshots: list[Snapshot]) -> None:
        with self._changed:
            held = snapshots + self._finished
            self._finished = held[-_MOST_HELD:]
            self._dropped += len(held) - len(self._finished)
            self._leaves_at = time.monotonic() + _RETRY_SECONDS

    def _deliver(self) -> None:
        try:
            with only_deliverer(self._config.state_dir):
                if time.monotonic() >= self._due_at:
                    self._collector.push_registry(self._registry())
                delivery = deliver(self._spool, self._collector, self._registry)
        except (TokenRefused, RequestRefused, CollectorMisplaced) as error:
            self._due_at = self._backoff.wait_for_mending()
            logger.warning("%s", error)
        except CollectorUnavailable as error:
            self._due_at = self._backoff.fail(error.retry_after_seconds)
            logger.warning("%s; batches that wait: %d", error, self._spool.count_batches())
        except StateBusy:
            self._due_at = self._backoff.fail()
        except OSError as error:
            self._due_at = self._backoff.fail()
            logger.warning("the state folder cannot be written: %s", error.strerror)
        else:
            self._note(delivery)

    def _note(self, delivery: Delivery) -> None:
        for label, code in delivery.refused:
            logger.warning("%s: the collector refused a snapshot (%s); it is kept in refused/", label, code)
        self._backoff.succeed()
        self._due_at = time.monotonic() + self._config.poll_interval_sec
