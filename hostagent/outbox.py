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
from hostagent.delivery import deliver
from hostagent.errors import CollectorUnavailable, RequestRefused, StateBusy, TokenRefused
from hostagent.snapshot import Snapshot
from hostagent.spool import Spool, locked_spool
from hostagent.wire import snapshot_item

logger = logging.getLogger(__name__)

# A round's snapshots come in one after the other; those that answer no wish may travel together.
_COLLECT_SECONDS = 1.0
# After the state folder could not be written, as on a full disk: how long to wait, and how much to hold meanwhile.
_RETRY_SECONDS = 5.0
_MOST_HELD = 1000
# A refused token is mended by a person, not by trying faster.
_REFUSED_RETRY_SECONDS = 900.0


class Outbox:
    """What was seen leaves from here, oldest first. Whatever the collector does, nothing is lost."""

    def __init__(self, config: Config, registry: Callable[[], dict[str, Any]]) -> None:
        self._config = config
        self._registry = registry
        self._collector = Collector(config)
        self._changed = threading.Condition()
        self._finished: list[Snapshot] = []
        self._dropped = 0
        # When what has finished leaves; without end while nothing has.
        self._leaves_at = math.inf
        self._is_closing = False
        self._backoff = Backoff()
        # The registry goes first, and again when the collector has not heard from this host for an interval.
        self._due_at = -math.inf
        self._thread = threading.Thread(target=self._work, name="outbox")

    def start(self) -> None:
        self._thread.start()

    def put(self, snapshot: Snapshot) -> None:
        with self._changed:
            self._finished.append(snapshot)
            patience = 0.0 if snapshot.refresh_cursor is not None else _COLLECT_SECONDS
            self._leaves_at = min(self._leaves_at, time.monotonic() + patience)
            self._changed.notify()

    def close(self) -> None:
        """Put everything into the spool and try once more to deliver it."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        is_last = False
        while not is_last:
            finished, is_last = self._wait_for_work()
            try:
                self._keep_and_deliver(finished)
            except (OSError, StateBusy) as error:
                logger.warning("%d snapshots cannot be kept yet: %s", len(finished), error)
                self._take_back(finished)
            except Exception:
                logger.exception("%d snapshots cannot be kept yet", len(finished))
                self._take_back(finished)

    def _wait_for_work(self) -> tuple[list[Snapshot], bool]:
        """Finished snapshots, or none when it is time to call anyway; True when these are the last."""
        with self._changed:
            while not self._is_closing and (call_at := min(self._due_at, self._leaves_at)) > time.monotonic():
                self._changed.wait(call_at - time.monotonic())
            finished, self._finished, self._leaves_at = self._finished, [], math.inf
            return finished, self._is_closing

    def _take_back(self, snapshots: list[Snapshot]) -> None:
        with self._changed:
            held = snapshots + self._finished
            self._finished = held[-_MOST_HELD:]
            self._dropped += len(held) - len(self._finished)
            self._leaves_at = self._due_at = time.monotonic() + _RETRY_SECONDS

    def _keep_and_deliver(self, finished: list[Snapshot]) -> None:
        with locked_spool(self._config.state_dir) as spool:
            spool.add([snapshot_item(snapshot) for snapshot in finished], self._dropped)
            self._dropped = 0
            if time.monotonic() >= self._backoff.over_at:
                self._deliver(spool)

    def _deliver(self, spool: Spool) -> None:
        try:
            if time.monotonic() >= self._due_at:
                self._collector.push_registry(self._registry())
            delivery = deliver(spool, self._collector, self._registry)
        except CollectorUnavailable as error:
            self._due_at = self._backoff.fail(error.retry_after_seconds)
            logger.warning("%s; %d snapshots wait", error, spool.count_items())
            return
        except (TokenRefused, RequestRefused) as error:
            self._due_at = self._backoff.wait(_REFUSED_RETRY_SECONDS)
            logger.warning("%s", error)
            return
        for label, code in delivery.refused:
            logger.warning("%s: the collector refused a snapshot (%s); it is kept in refused/", label, code)
        self._backoff.succeed()
        self._due_at = time.monotonic() + self._config.poll_interval_sec
