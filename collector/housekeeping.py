"""Housekeeping rides on what agents push: each process deletes a little at a time, after an answer has been sent."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from collector.database import FAULTS, give_back_connection, write_transaction_at_once
from collector.errors import DatabaseBusy
from collector.queries import housekeeping

logger = logging.getLogger(__name__)

_EVERY = timedelta(seconds=10)


class Housekeeping:
    """Of one process."""

    def __init__(self, retention: timedelta, clock: Callable[[], datetime]) -> None:
        self._retention = retention
        self._clock = clock
        self._at_work = Lock()
        self._last_at: datetime | None = None

    def ride_along(self) -> None:
        """Delete a bite of what is due, at most every ten seconds. Waits for nobody, and raises nothing.

        While the database is busy the next ride tries again.
        """
        if not self._at_work.acquire(blocking=False):
            return
        try:
            now = self._clock()
            if self._is_due(now):
                housekeeping.prune(self._retention, now, write_transaction_at_once)
                self._last_at = now
        except (DatabaseBusy, *FAULTS) as error:
            logger.debug("nothing was deleted this time: %s", error)
        except Exception:
            logger.exception("housekeeping failed")
        finally:
            give_back_connection()
            self._at_work.release()

    def _is_due(self, now: datetime) -> bool:
        """Also when the clock was set back."""
        return self._last_at is None or not self._last_at <= now < self._last_at + _EVERY
