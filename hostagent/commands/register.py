"""`hostagent register`: tell the collector which accounts this host holds, and nothing else."""

from hostagent.accounts import AccountsFile
from hostagent.collector_client import Collector
from hostagent.config import Config
from hostagent.errors import ConfigError
from hostagent.registration import registry_of


def register(config: Config, accounts: AccountsFile, *, is_empty_allowed: bool = False) -> int:
    """How many accounts the collector knows of this host now. Raises ConfigError, and as Collector does."""
    if not accounts.accounts and not is_empty_allowed:
        raise ConfigError(
            f"{config.accounts_file}: names no account; add one with: hostagent add you@example.com"
            " (or let the collector forget all of this host with: hostagent register --allow-empty)"
        )
    Collector(config).push_registry(registry_of(config, accounts.accounts))
    return len(accounts.accounts)
