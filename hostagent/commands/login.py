"""`hostagent login`: renew an account's login without risking the one that is there."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hostagent.accounts import Account, AccountsFile
from hostagent.app_server import DeviceCode, log_in_with_device_code
from hostagent.codex_answers import Identity
from hostagent.codex_home import codex_command, read_identity
from hostagent.codex_program import find_codex
from hostagent.config import Config
from hostagent.errors import LoginFailed, ProbeFault, Stopped, UsageError
from hostagent.home_lock import locked_home
from hostagent.private_files import make_private_folder, sync_folder
from hostagent.process import StopRequest, run_on_terminal, stop_on_signals

_LOCK_SECONDS = 120.0


@dataclass(frozen=True)
class LoginOptions:
    """How the person logs in. `is_any_account_fine`: take whoever it turns out to be."""

    method: str | None = None
    is_any_account_fine: bool = False


def login(
    config: Config, accounts: AccountsFile, name: str, options: LoginOptions, show: Callable[[DeviceCode], None]
) -> tuple[Account, Identity]:
    """Log in in a fresh home, compare who that is with who is expected, then move auth.json in under the lock.

    codex's own login would throw the old login away first. Raises LoginFailed, UsageError, Stopped.
    """
    account = accounts.find(name)
    if account.provider != "codex":
        raise UsageError(f"{account.label}: a {account.provider} account has a key, no login")
    make_private_folder(account.home)
    with stop_on_signals() as stop, _temporary_home(account) as home:
        _log_in(config, home, options, stop, show)
        identity = _read_new_identity(home, account)
        if not options.is_any_account_fine:
            _refuse_other_account(account, identity)
        _move_in(home, account, stop)
    return account, identity


@contextlib.contextmanager
def _temporary_home(account: Account) -> Iterator[Path]:
    """A home beside the account's, so that auth.json can be moved in one step; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix=".login-", dir=account.home.parent))
    try:
        config = account.home / "config.toml"
        if config.exists():
            shutil.copy(config, home)
        yield home
    finally:
        shutil.rmtree(home)


def _log_in(
    config: Config, home: Path, options: LoginOptions, stop: StopRequest, show: Callable[[DeviceCode], None]
) -> None:
    try:
        if options.method == "browser":
            _log_in_with_cli(config, home)
            return
        program = find_codex(config.codex_bin)
        with locked_home(home, stop, _LOCK_SECONDS) as lock:
            problem = log_in_with_device_code(codex_command(program, home, config, "app-server"), lock, stop, show)
    except Stopped as error:
        raise Stopped("the login was given up; one that was there before is as it was") from error
    except ProbeFault as fault:
        if fault.code != "codex_too_old":
            raise LoginFailed(_explain(fault)) from fault
        _log_in_with_cli(config, home, "--device-auth")
    except OSError as error:
        raise LoginFailed(f"codex cannot be started: {error.strerror}") from error
    else:
        if problem is not None:
            raise LoginFailed(f"the login did not come about: {problem}; try again, or another way: --browser")


def _log_in_with_cli(config: Config, home: Path, *flags: str) -> None:
    """codex's own dialogue on the person's terminal; the only way of versions without app-server's device login."""
    command = codex_command(find_codex(config.codex_bin), home, config, "login", *flags)
    if run_on_terminal(command) != 0:
        raise LoginFailed("codex login ended without a login")


def _read_new_identity(home: Path, account: Account) -> Identity:
    try:
        return read_identity(home)
    except ProbeFault as fault:
        raise LoginFailed(f"{account.label}: codex said it is logged in but left no login file") from fault


def _refuse_other_account(account: Account, identity: Identity) -> None:
    expected = account.expected_email
    if expected is None or (identity.email or "").strip().casefold() == expected.strip().casefold():
        return
    found = identity.email or "an account without an e-mail"
    raise LoginFailed(
        f"{account.label}: expected {expected}, but {found} logged in; the old login stays as it was."
        f" Log in again as {expected}, or take this one with: hostagent login {account.label} --accept"
    )


def _move_in(home: Path, account: Account, stop: StopRequest) -> None:
    try:
        with locked_home(account.home, stop, _LOCK_SECONDS):
            (home / "auth.json").replace(account.home / "auth.json")
            sync_folder(account.home)
    except ProbeFault as fault:
        raise LoginFailed(f"{account.label}: a probe keeps the account busy; try again in a minute") from fault


def _explain(fault: ProbeFault) -> str:
    sentences = {
        "codex_missing": "codex is not installed; type: npm install -g @openai/codex",
        "config_invalid": "config.toml of this account is invalid; mend it first",
        "network": "the login service could not be reached; check the network and try again",
    }
    return sentences.get(fault.code, "the login service refused to start a login; try again later")
