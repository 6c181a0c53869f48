"""`hostagent login --all`: every account that needs a login gets its turn."""

from collections.abc import Callable, Sequence

from hostagent.accounts import Account, AccountsFile
from hostagent.app_server import DeviceCode
from hostagent.codex_answers import Identity
from hostagent.commands.login import LoginOptions, login
from hostagent.config import Config
from hostagent.errors import HostAgentError, Stopped
from hostagent.probing import probe_all
from hostagent.process import stop_on_signals
from hostagent.snapshot import LOGIN_CODES, Snapshot


def find_needed(config: Config, accounts: AccountsFile, show: Callable[[Snapshot], None]) -> list[Account]:
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


class LoginRound:
    """One login after the other; a failed one does not keep the next from its turn."""

    def __init__(self, config: Config, accounts: AccountsFile, method: str | None) -> None:
        self._config = config
        self._accounts = accounts
        self._options = LoginOptions(method)

    def log_in(
        self,
        needed: Sequence[Account],
        announce: Callable[[Account, int], None],
        show: Callable[[DeviceCode], None],
        finish: Callable[[Account, Identity | Exception], None],
    ) -> list[Account]:
        """The accounts that still need a login. `announce` is told how many come after. Raises Stopped."""
        remaining = []
        for number, account in enumerate(needed, start=1):
            announce(account, len(needed) - number)
            outcome = self._try(account, show)
            if isinstance(outcome, Exception):
                remaining.append(account)
            finish(account, outcome)
        return remaining

    def _try(self, account: Account, show: Callable[[DeviceCode], None]) -> Identity | Exception:
        try:
            return login(self._config, self._accounts, account.label, self._options, show)[1]
        except Stopped:
            raise
        except (HostAgentError, OSError) as error:
            return error
