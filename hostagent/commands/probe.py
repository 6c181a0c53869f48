"""`hostagent probe`: read one account now."""

from hostagent.accounts import AccountsFile
from hostagent.config import Config
from hostagent.orphans import ending_orphans
from hostagent.probing import probe_account
from hostagent.process import stop_on_signals
from hostagent.snapshot import Snapshot


def probe(config: Config, accounts: AccountsFile, label: str) -> Snapshot:
    """Nothing is pushed or kept. Raises UsageError for an unknown label, Stopped."""
    account = accounts.find(label)
    with stop_on_signals() as stop, ending_orphans(config.state_dir):
        return probe_account(account, config, stop)
