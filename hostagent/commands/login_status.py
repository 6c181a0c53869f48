"""`hostagent login --status`: whose login is where, by the local files alone."""

from dataclasses import dataclass

from hostagent.accounts import Account, AccountsFile
from hostagent.codex_answers import Identity
from hostagent.codex_home import read_identity
from hostagent.errors import ConfigError, ProbeFault


@dataclass(frozen=True)
class LoginStatus:
    """`problem` is why a login is needed; None when the file looks right, which codex alone can confirm."""

    label: str
    enabled: bool
    email: str | None
    expected_email: str | None
    problem: str | None


def login_status(accounts: AccountsFile) -> list[LoginStatus]:
    """Every Codex account. Nothing is asked over the network, and codex is not started."""
    return [_status(account) for account in accounts.accounts if account.provider == "codex"]


def _status(account: Account) -> LoginStatus:
    identity, problem = Identity(), None
    try:
        identity = read_identity(account.home)
        problem = _problem_of(identity, account.expected_email)
    except ProbeFault as fault:
        problem = "no login file" if fault.code == "login_required" else "the login file cannot be read"
    except ConfigError:
        problem = "the login file belongs to another user"
    return LoginStatus(account.label, account.enabled, identity.email, account.expected_email, problem)


def _problem_of(identity: Identity, expected_email: str | None) -> str | None:
    if identity.email is None and identity.account_id is None:
        return "no ChatGPT login in its file"
    if expected_email and identity.email and identity.email.casefold() != expected_email.strip().casefold():
        return "another account's login"
    return None
