"""`hostagent run`: stay and keep the collector up to date."""

from collections.abc import Callable

from hostagent.accounts import AccountsFile
from hostagent.agent import Settings, run_agent
from hostagent.config import Config
from hostagent.orphans import ending_orphans
from hostagent.process import stop_on_signals
from hostagent.snapshot import Snapshot
from hostagent.state_locks import only_agent


def run(config: Config, accounts: AccountsFile, show: Callable[[Snapshot], None]) -> None:
    """Returns after SIGTERM or SIGINT, when every codex has left by itself. Raises ConfigError.

    hostagent.yaml and accounts.json are read again when they change.
    """
    settings: Settings | None = (config, accounts)
    with stop_on_signals() as stop, ending_orphans(config.state_dir):
        while settings is not None:
            with only_agent(settings[0].state_dir):
                settings = run_agent(*settings, stop, show)
