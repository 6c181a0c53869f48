"""The loop of `hostagent run`: read all accounts on a timer, deliver what was seen, end when asked to."""

import logging
import math
import random
import time
from collections.abc import Callable

from hostagent.accounts import AccountsFile
from hostagent.collector_client import Collector
from hostagent.config import Config
from hostagent.delivery import deliver
from hostagent.errors import CollectorUnavailable, ConfigError, TokenRefused
from hostagent.probing import probe_all
from hostagent.process import StopRequest
from hostagent.registration import registry_of
from hostagent.snapshot import Snapshot
from hostagent.spool import locked_spool
from hostagent.wire import snapshot_item

logger = logging.getLogger(__name__)

# So that the hosts of a fleet do not all call at the same second.
_JITTER = 0.1
_LONGEST_BACKOFF_SECONDS = 300.0
# A refused token is mended by a person, not by trying faster.
_REFUSED_RETRY_SECONDS = 900.0


class Agent:
    """One host's agent at work. Holds when the next round is due and how patient to be with the collector."""

    def __init__(self, config: Config, accounts: AccountsFile, stop: StopRequest) -> None:
        if not accounts.accounts:
            raise ConfigError(f"{config.accounts_file}: names no account; add one, then: hostagent login LABEL")
        self._config = config
        self._accounts = accounts.accounts
        self._stop = stop
        self._collector = Collector(config)
        self._failures = 0

    def run(self, show: Callable[[Snapshot], None]) -> None:
        """Until a stop is requested. Whatever the collector does, the timer goes on and nothing seen is lost."""
        round_due_at = math.inf if self._config.manual_refresh else time.monotonic()
        while not self._stop.is_set():
            if time.monotonic() >= round_due_at:
                round_due_at = time.monotonic() + self._jittered_interval()
                self._probe_enabled(show)
            patience = self._deliver()
            self._stop.wait(max(0.0, min(round_due_at - time.monotonic(), patience)))

    def _probe_enabled(self, show: Callable[[Snapshot], None]) -> None:
        enabled = [account for account in self._accounts if account.enabled]
        snapshots = probe_all(enabled, self._config, self._stop, show)
        with locked_spool(self._config.state_dir) as spool:
            spool.add([snapshot_item(snapshot) for snapshot in snapshots])

    def _deliver(self) -> float:
        """Seconds after which to call again, if only so that the collector does not take this host for silent."""
        with locked_spool(self._config.state_dir) as spool:
            try:
                self._collector.push_registry(registry_of(self._config, self._accounts))
                for label, code in deliver(spool, self._collector).refused:
                    logger.warning("%s: the collector refused a snapshot (%s); it is kept in refused/", label, code)
            except CollectorUnavailable as error:
                self._failures += 1
                logger.warning("%s; %d snapshots wait", error, spool.count_items())
                return random.uniform(1.0, min(_LONGEST_BACKOFF_SECONDS, 2.0**self._failures))  # noqa: S311 - no secret
            except TokenRefused as error:
                logger.warning("%s", error)
                return _REFUSED_RETRY_SECONDS
        self._failures = 0
        return self._config.poll_interval_sec * (1 + _JITTER)

    def _jittered_interval(self) -> float:
        """Without end where accounts are read by hand only."""
        if self._config.manual_refresh:
            return math.inf
        return self._config.poll_interval_sec * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
