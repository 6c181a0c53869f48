"""Asks the collector which accounts somebody wants fresh, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable

from hostagent.backoff import Backoff
from hostagent.collector_client import Collector, Queue
from hostagent.config import Config
from hostagent.errors import CollectorUnavailable, HostAgentError

logger = logging.getLogger(__name__)

# Between two questions where none may wait at the collector.
_UNPARKED_SECONDS = 15.0
_REFUSED_RETRY_SECONDS = 900.0


class WishListener:
    """Hands every wish to `wish`, which says whether the account is one of this host.

    A wish is a label and a number; nothing else that a collector says is acted upon.
    """

    def __init__(self, config: Config, wish: Callable[[str, int], bool]) -> None:
        self._wait_seconds = config.refresh_wait_sec
        self._closed = threading.Event()
        self._wish = wish
        self._collector = Collector(config)
        self._backoff = Backoff()
        self._after = 0

    def start(self) -> None:
        threading.Thread(target=self._listen, name="wishes", daemon=True).start()

    def close(self) -> None:
        """Hand nothing over any more. Nobody waits for the question that may be parked at the collector."""
        self._closed.set()

    def _listen(self) -> None:
        while not self._closed.is_set():
            self._closed.wait(self._ask())

    def _ask(self) -> float:
        """Seconds until the next question."""
        try:
            queue = self._collector.open_refreshes(self._after, self._wait_seconds)
        except CollectorUnavailable as error:
            return self._backoff.fail(error.retry_after_seconds) - time.monotonic()
        except HostAgentError as error:
            logger.warning("%s", error)
            return _REFUSED_RETRY_SECONDS
        self._backoff.succeed()
        if not self._closed.is_set():
            self._hand_over(queue)
        if queue.retry_after_seconds is not None:
            return queue.retry_after_seconds
        return 0.0 if self._wait_seconds else _UNPARKED_SECONDS

    def _hand_over(self, queue: Queue) -> None:
        self._after = queue.cursor
        for label, cursor in queue.wishes:
            if not self._wish(label, cursor):
                logger.warning("a refresh is wished for %s, which is no enabled account of this host", label)
