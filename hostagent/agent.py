"""The whole of `hostagent run`: a timer and the collector's wishes ask for probes, what they saw is delivered."""

import random
from collections.abc import Callable

from hostagent.accounts import AccountsFile
from hostagent.config import Config
from hostagent.errors import ConfigError
from hostagent.outbox import Outbox
from hostagent.process import StopRequest
from hostagent.registration import registry_of
from hostagent.snapshot import Snapshot
from hostagent.wishes import WishListener
from hostagent.workers import Workers

# So that the hosts of a fleet do not all call at the same second.
_JITTER = 0.1


def run_agent(config: Config, accounts: AccountsFile, stop: StopRequest, show: Callable[[Snapshot], None]) -> None:
    """Work until a stop is requested; what was seen by then is delivered or waits in the spool."""
    if not accounts.accounts:
        raise ConfigError(f"{config.accounts_file}: names no account; add one, then: hostagent login LABEL")
    outbox = Outbox(config, lambda: registry_of(config, accounts.accounts))

    def done(snapshot: Snapshot) -> None:
        outbox.put(snapshot)
        show(snapshot)

    workers = Workers([account for account in accounts.accounts if account.enabled], config, stop, done)
    listener = WishListener(config, stop, workers.wish)
    for part in (outbox, workers, listener):
        part.start()
    try:
        _keep_time(config, workers, stop)
    finally:
        workers.close()
        outbox.close()


def _keep_time(config: Config, workers: Workers, stop: StopRequest) -> None:
    while not stop.is_set():
        if not config.manual_refresh:
            workers.ask_for_all()
        stop.wait(config.poll_interval_sec * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - no secret
