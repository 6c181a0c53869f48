"""`hostagent run`: stay and keep the collector up to date."""

import logging
from collections.abc import Callable

from hostagent.accounts import AccountsFile
from hostagent.agent import run_agent
from hostagent.config import Config, read_config
from hostagent.errors import ConfigError
from hostagent.process import StopRequest, stop_on_signals
from hostagent.snapshot import Snapshot
from hostagent.spool import only_agent

logger = logging.getLogger(__name__)

_BROKEN_FILE_SECONDS = 5.0


def run(config: Config, accounts: AccountsFile, show: Callable[[Snapshot], None]) -> None:
    """Returns after SIGTERM or SIGINT, when every codex has left by itself. Raises ConfigError.

    hostagent.yaml and accounts.json are read again when they change.
    """
    with stop_on_signals() as stop:
        while True:
            with only_agent(config.state_dir):
                run_agent(config, accounts, stop, show)
            if stop.is_set():
                return
            config, accounts = _read_again(config, accounts, stop)


def _read_again(config: Config, accounts: AccountsFile, stop: StopRequest) -> tuple[Config, AccountsFile]:
    """The changed files once they are whole; until then nothing is read or registered by half of them."""
    faults: str | None = None
    while not stop.is_set():
        try:
            fresh = read_config(config.path)
            logger.info("the settings have changed and were read again")
            return fresh
        except ConfigError as error:
            if str(error) != faults:
                faults = str(error)
                logger.warning("waiting for the settings to be mended:\n%s", faults)
        stop.wait(_BROKEN_FILE_SECONDS)
    return config, accounts
