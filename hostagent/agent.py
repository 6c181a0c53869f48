"""The whole of `hostagent run`: a timer and the collector's wishes ask for probes, what they saw is delivered."""

import logging
import random
import time
from collections.abc import Callable
from pathlib import Path

from hostagent.accounts import AccountsFile
from hostagent.config import Config, read_config
from hostagent.errors import ConfigError
from hostagent.outbox import Outbox
from hostagent.process import StopRequest
from hostagent.registration import registry_of
from hostagent.rounds import note_next_round
from hostagent.snapshot import Snapshot
from hostagent.wishes import WishListener
from hostagent.workers import Workers

logger = logging.getLogger(__name__)

# So that the hosts of a fleet do not all call at the same second.
_JITTER = 0.1
_LOOK_AT_FILES_SECONDS = 5.0


Settings = tuple[Config, AccountsFile]


def run_agent(
    config: Config, accounts: AccountsFile, stop: StopRequest, show: Callable[[Snapshot], None]
) -> Settings | None:
    """Work until a stop is requested (None), or until the files have changed: then what they say now.

    What was seen is delivered or waits in the spool. Raises ConfigError.
    """
    if not accounts.accounts:
        raise ConfigError(f"{config.accounts_file}: names no account; add one: hostagent add you@example.com")
    outbox = Outbox(config, lambda: registry_of(config, accounts.accounts))

    def done(snapshot: Snapshot) -> None:
        outbox.put(snapshot)
        show(snapshot)

    workers = Workers([account for account in accounts.accounts if account.enabled], config, stop, done)
    listener = WishListener(config, workers.wish)
    for part in (outbox, workers, listener):
        part.start()
    try:
        return _keep_time(config, workers, stop)
    finally:
        listener.close()
        workers.close()
        outbox.close()


def _keep_time(config: Config, workers: Workers, stop: StopRequest) -> Settings | None:
    """Ask for a round whenever one is due."""
    versions = _versions(config)
    round_due_at = time.monotonic()
    while not stop.is_set():
        if versions != (versions := _versions(config)) and (fresh := _read_again(config)) is not None:
            return fresh
        if not config.manual_refresh and time.monotonic() >= round_due_at:
            round_due_at += config.poll_interval_sec * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
            workers.ask_for_all()
            note_next_round(config.state_dir, round_due_at - time.monotonic())
        workers.ask_for_renewed()
        stop.wait(_LOOK_AT_FILES_SECONDS)
    return None


def _read_again(config: Config) -> Settings | None:
    """What the changed files say; None while they cannot be read whole, and everything goes on as before."""
    try:
        fresh = read_config(config.path)
    except ConfigError as error:
        logger.warning("the settings have changed but are broken; going on with those from before:\n%s", error)
        return None
    if not fresh[1].accounts:
        logger.warning("%s names no account any more; going on with those from before", config.accounts_file)
        return None
    logger.info("the settings have changed and were read again")
    return fresh


def _versions(config: Config) -> list[tuple[int, int, int] | None]:
    return [_version(path) for path in (config.path, config.accounts_file)]


def _version(path: Path) -> tuple[int, int, int] | None:
    """Changes whenever the file does; None while it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
