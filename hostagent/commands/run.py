"""`hostagent run`: stay and keep the collector up to date."""

from collections.abc import Callable

from hostagent.accounts import AccountsFile
from hostagent.agent import run_agent
from hostagent.config import Config
from hostagent.process import stop_on_signals
from hostagent.snapshot import Snapshot
from hostagent.spool import only_agent


def run(config: Config, accounts: AccountsFile, show: Callable[[Snapshot], None]) -> None:
    """Returns after SIGTERM or SIGINT, when every codex has left by itself. Raises ConfigError."""
    with only_agent(config.state_dir), stop_on_signals() as stop:
        run_agent(config, accounts, stop, show)
