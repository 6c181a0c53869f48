"""Asks the collector which accounts somebody wants fresh, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable

from hostagent.backoff import Backoff
from hostagent.collector_client import Collector, Queue
from hostagent.config import Config
from hostagent.errors import CollectorMisplaced, CollectorUnavailable, HostAgentError

logger = logging.getLogger(__name__)

# Between two questions: where none may wait at the collector, and where one was answered with nothing new at once.
_UNPARKED_SECONDS = 15.0
_NOTHING_NEW_SECONDS = 1.0


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
        self._strangers: set[str] = set()

    def start(self) -> None:
        threading.Thread(target=self._listen, name="wishes", daemon=True).start()

    def close(self) -> None:
        """Hand nothing over any more. Nobody waits for the question that may be parked at the collector."""
        self._closed.set()

    def _listen(self) -> None:
        while not self._closed.is_set():
            self._closed.wait(max(0.0, self._ask() - time.monotonic()))

    def _ask(self) -> float:
        """When to ask again, in monotonic seconds."""
        try:
            return self._take(self._collector.open_refreshes(self._after, self._wait_seconds))
        except CollectorMisplaced:
            return self._backoff.wait_for_mending()
        except CollectorUnavailable as error:
            return self._backoff.fail(error.retry_after_seconds)
        except HostAgentError as error:
            logger.warning("%s", error)
            return self._backoff.wait_for_mending()
        except Exception:
            logger.exception("asking for wishes failed")
            return self._backoff.fail()

    def _take(self, queue: Queue) -> float:
        self._backoff.succeed()
        is_news, self._after = queue.cursor > self._after, queue.cursor
        if not self._closed.is_set():
            self._hand_over(queue.wishes)
        if queue.retry_after_seconds is not None:
            return self._backoff.wait_as_asked(queue.retry_after_seconds)
        if not self._wait_seconds:
            return time.monotonic() + _UNPARKED_SECONDS
        return time.monotonic() + (0.0 if is_news else _NOTHING_NEW_SECONDS)

    def _hand_over(self, wishes: list[tuple[str, int]]) -> None:
        for label, cursor in wishes:
            if not self._wish(label, cursor) and label not in self._strangers:
                self._strangers.add(label)
                logger.warning("a refresh is wished for %s, which is no enabled account of this host", label)
