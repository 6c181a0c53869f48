"""`hostagent accounts`: what this host holds, by its files alone."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hostagent.accounts import Account, AccountsFile
from hostagent.codex_answers import Identity
from hostagent.codex_home import read_identity
from hostagent.errors import ConfigError, ProbeFault


@dataclass(frozen=True)
class AccountLine:
    """One account with what its login file tells; `login_age_seconds` is None when there is no such file."""

    account: Account
    email: str | None
    plan_type: str | None
    login_age_seconds: float | None


def list_accounts(accounts: AccountsFile) -> Sequence[AccountLine]:
    """In the order of accounts.json. Nothing is asked over the network, and no program is started."""
    return [_line(account) for account in accounts.accounts]


def _line(account: Account) -> AccountLine:
    identity = _read_identity(account)
    return AccountLine(account, identity.email, identity.plan_type, _age_seconds(account.login_file))


def _read_identity(account: Account) -> Identity:
    if account.provider != "codex":
        return Identity()
    try:
        return read_identity(account.home)
    except (ProbeFault, ConfigError):
        return Identity()


def _age_seconds(path: Path) -> float | None:
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return None
