"""`hostagent login --all`: every account that needs a login gets its turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hostagent.accounts import Account, AccountsFile
from hostagent.app_server import DeviceCode
from hostagent.codex_answers import Identity
from hostagent.commands.login import LoginOptions, login
from hostagent.config import Config
from hostagent.errors import HostAgentError, Stopped
from hostagent.probing import ShowProgress, probe_all
from hostagent.process import stop_on_signals
from hostagent.snapshot import LOGIN_CODES, Snapshot


def find_needed(config: Config, accounts: AccountsFile, show: ShowProgress) -> list[Account]:
    """Enabled Codex accounts without a login file, and those whose login codex calls dead. Raises Stopped."""
    candidates = [account for account in accounts.accounts if account.enabled and account.provider == "codex"]
    with stop_on_signals() as stop:
        logged_in = [account for account in candidates if account.login_file.exists()]
        snapshots = probe_all(logged_in, config, stop, show)
        if len(snapshots) < len(logged_in):
            raise Stopped("stopped before all accounts were read")
    dead = {snapshot.account_label for snapshot in snapshots if _is_dead(snapshot)}
    return [account for account in candidates if account not in logged_in or account.label in dead]


def _is_dead(snapshot: Snapshot) -> bool:
    return snapshot.error is not None and snapshot.error.code in LOGIN_CODES


@dataclass(frozen=True)
class Dialogue:
    """What a person is told: whose turn it is and how many come after, the code to type, and what came of it."""

    announce: Callable[[Account, int], None]
    show_code: Callable[[DeviceCode], None]
    finish: Callable[[Account, Identity | Exception], None]


def log_in_all(
    config: Config, accounts: AccountsFile, needed: Sequence[Account], method: str | None, dialogue: Dialogue
) -> list[Account]:
    """One after the other, also past a failure; returns those that still need a login. Raises Stopped."""
    remaining = []
    for number, account in enumerate(needed, start=1):
        dialogue.announce(account, len(needed) - number)
        outcome: Identity | Exception
        try:
            _, outcome = login(config, accounts, account.label, LoginOptions(method), dialogue.show_code)
        except Stopped:
            raise
        except (HostAgentError, OSError) as error:
            outcome = error
            remaining.append(account)
        dialogue.finish(account, outcome)
    return remaining
