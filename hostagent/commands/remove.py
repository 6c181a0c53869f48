"""`hostagent remove`: an account leaves accounts.json; its login stays unless it is named too."""

from dataclasses import dataclass
from pathlib import Path

from hostagent.accounts import Account, AccountsFile
from hostagent.accounts_file import edited_accounts
from hostagent.config import Config
from hostagent.errors import ProbeFault, StateBusy, UsageError
from hostagent.home_lock import locked_home
from hostagent.private_files import sync_folder
from hostagent.process import stop_on_signals

_LOCK_SECONDS = 120.0


@dataclass(frozen=True)
class Removal:
    """What is left on the disk: `kept` is the folder that still holds the login or what stood around it."""

    label: str
    kept: Path | None
    is_login_deleted: bool


def refuse_foreign_login(config: Config, accounts: AccountsFile, account: Account) -> None:
    """Only a login that is this account's alone, in our own folder, may be deleted with it. Raises UsageError."""
    file = account.login_file
    if not file.resolve().is_relative_to(config.accounts_dir.resolve()):
        raise UsageError(f"{account.label}: its login is outside {config.accounts_dir}; delete {file} yourself")
    for other in accounts.accounts:
        if other.label != account.label and other.login_file.resolve() == file.resolve():
            raise UsageError(f"{account.label}: {other.label} uses the same login; remove without --delete-login")


def remove(config: Config, account: Account, *, is_login_deleted: bool) -> Removal:
    """Out of accounts.json first: what fails after that leaves a file too many, not an account without its login."""
    with edited_accounts(config) as document:
        document.entries.remove(document.get(account.label))
    has_deleted = is_login_deleted and _delete_login(account)
    folder = account.home if account.provider == "codex" else account.folder
    return Removal(account.label, folder if folder.exists() else None, has_deleted)


def _delete_login(account: Account) -> bool:
    """False when there was none. Raises StateBusy, Stopped: the file is then still there."""
    file = account.login_file
    if not file.exists():
        return False
    try:
        with stop_on_signals() as stop, locked_home(file.parent, stop, _LOCK_SECONDS):
            file.unlink()
    except ProbeFault as fault:
        raise StateBusy(f"a probe keeps {account.label} busy; later delete {file} yourself") from fault
    sync_folder(file.parent)
    return True
