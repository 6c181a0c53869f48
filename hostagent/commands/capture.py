"""`hostagent capture`: take over a login that codex has elsewhere. It is moved: with a copy, one of the two is lost."""

import dataclasses
import errno
import json
from dataclasses import dataclass
from pathlib import Path

from hostagent.accounts import Account, AccountsFile, provider_of
from hostagent.accounts_file import edited_accounts
from hostagent.codex_answers import Identity
from hostagent.codex_home import read_home_config, read_identity
from hostagent.codex_program import find_codex, read_version
from hostagent.config import Config
from hostagent.errors import ConfigError, LoginFailed, ProbeFault, UsageError
from hostagent.home_lock import locked_home
from hostagent.labels import free_label, label_for_email
from hostagent.memos import is_email
from hostagent.private_files import make_private_folder, sync_folder, write_private
from hostagent.process import stop_on_signals
from hostagent.wire_limits import LABEL

# Earlier ones do not look at the age of the access token, so two of them in one home can get in each other's way.
OLDEST_IN_PLACE = (0, 125, 0)

_LOCK_SECONDS = 120.0
# Where codex finds its service: the login is worth nothing elsewhere.
_BASE_URLS = ("chatgpt_base_url", "openai_base_url")


@dataclass(frozen=True)
class CaptureOptions:
    """Where the login is and whose it has to be. `label` None: that of its e-mail."""

    source: Path
    label: str | None = None
    expected_email: str | None = None
    expected_plan_type: str | None = None
    is_in_place: bool = False


@dataclass(frozen=True)
class Capture:
    """What is going to happen: this login, from that home, becomes that account's."""

    account: Account
    identity: Identity
    source: Path
    is_in_place: bool


def plan_capture(config: Config, accounts: AccountsFile, options: CaptureOptions) -> Capture:
    """Everything is checked here and nothing changed. Raises UsageError, LoginFailed, ConfigError."""
    source = options.source.expanduser().resolve()
    _refuse_known_home(config, accounts, source)
    identity = _read_source(source)
    account = _choose_account(config, accounts, options, identity)
    _refuse_other_identity(identity, options.expected_email or account.expected_email, options.expected_plan_type)
    if account.login_file.exists():
        raise UsageError(
            f"{account.label} has a login already; name another label, or renew it with:"
            f" hostagent login {account.label}"
        )
    if options.is_in_place:
        _refuse_old_codex(config)
        account = dataclasses.replace(account, home=source)
    return Capture(account, identity, source, options.is_in_place)


def capture_login(config: Config, capture: Capture) -> None:
    """Name the account, then move the login under the locks of both homes, unless it is taken in place.

    Raises LoginFailed with the login where it was; the account is then named already and waits for it.
    """
    _register(config, capture)
    if capture.is_in_place:
        return
    home = make_private_folder(capture.account.home)
    try:
        with (
            stop_on_signals() as stop,
            locked_home(capture.source, stop, _LOCK_SECONDS),
            locked_home(home, stop, _LOCK_SECONDS),
        ):
            if read_identity(capture.source) != capture.identity or capture.account.login_file.exists():
                raise LoginFailed("the logins have changed meanwhile; nothing was moved, try again")
            _carry_base_urls(capture.source, home)
            _move(capture.source / "auth.json", capture.account.login_file)
    except ProbeFault as fault:
        raise LoginFailed(f"{capture.source} is busy ({fault.code}); nothing was moved, try again") from fault


def _refuse_known_home(config: Config, accounts: AccountsFile, source: Path) -> None:
    if source.is_relative_to(config.accounts_dir.resolve()):
        raise UsageError(f"{source} is inside {config.accounts_dir} already; see: hostagent accounts")
    for account in accounts.accounts:
        if account.home.resolve() == source:
            raise UsageError(f"{source} is the home of {account.label} already; see: hostagent accounts")


def _read_source(source: Path) -> Identity:
    if (source / "auth.json").is_symlink():
        raise UsageError(f"{source / 'auth.json'} is a link; name the folder that it points into with --from")
    try:
        read_home_config(source)
        identity = read_identity(source)
    except ProbeFault as fault:
        problems = {
            "login_required": "holds no auth.json; log in directly with: hostagent login LABEL",
            "config_invalid": "its config.toml is broken; mend it first",
        }
        raise UsageError(f"{source}: {problems.get(fault.code, 'its auth.json cannot be read')}") from fault
    if identity.email is None and identity.account_id is None:
        raise UsageError(f"{source}: its auth.json holds no ChatGPT login; log in with: hostagent login LABEL")
    return identity


def _choose_account(config: Config, accounts: AccountsFile, options: CaptureOptions, identity: Identity) -> Account:
    """The named account, else the one expected to have this e-mail, else a new one."""
    email = identity.email if identity.email and is_email(identity.email) else None
    if options.label is not None:
        known = [account for account in accounts.accounts if account.label.casefold() == options.label.casefold()]
        label = options.label
    else:
        wanted = (email or "").casefold()
        known = [a for a in accounts.accounts if a.provider == "codex" and _email_of(a) == wanted] if email else []
        label = free_label(label_for_email(email or ""), [account.label for account in accounts.accounts])
    if len(known) > 1:
        raise UsageError(f"{email} is expected of several accounts; name one: {', '.join(a.label for a in known)}")
    if known and known[0].provider != "codex":
        raise UsageError(f"{known[0].label}: a {known[0].provider} account has a key, no login")
    if not known and (not LABEL.fullmatch(label) or (email is None and options.label is None)):
        raise UsageError("say which account this is: hostagent capture LABEL")
    folder = config.accounts_dir / label
    return known[0] if known else Account(label, "codex", folder, folder / ".codex", expected_email=email)


def _email_of(account: Account) -> str:
    return (account.expected_email or "").strip().casefold()


def _refuse_other_identity(identity: Identity, email: str | None, plan_type: str | None) -> None:
    for what, expected, found in (("e-mail", email, identity.email), ("plan", plan_type, identity.plan_type)):
        if expected and expected.strip().casefold() != (found or "").strip().casefold():
            raise LoginFailed(f"expected the {what} {expected}, but this login says {found}; nothing was moved")


def _refuse_old_codex(config: Config) -> None:
    try:
        version = read_version(find_codex(config.codex_bin), config.state_dir)
    except ProbeFault as fault:
        raise ConfigError("codex is not installed; type: npm install -g @openai/codex") from fault
    if version is None or tuple(int(part) for part in version.split(".")) < OLDEST_IN_PLACE:
        raise ConfigError(
            f"codex {version or 'of an unknown version'} cannot share a home with others; type:"
            " npm install -g @openai/codex@latest (or leave --in-place out, and the login is moved)"
        )


def _register(config: Config, capture: Capture) -> None:
    account = capture.account
    with edited_accounts(config) as accounts:
        entry = accounts.find(account.label)
        if entry is None:
            entry = {"label": account.label}
            accounts.entries.append(entry)
        elif provider_of(entry) != "codex":
            raise UsageError(f"{account.label} is an account of another provider; name another label")
        if account.expected_email and not entry.get("expected_email"):
            entry["expected_email"] = account.expected_email
        if capture.is_in_place:
            entry["home"] = str(capture.source)


def _carry_base_urls(source: Path, home: Path) -> None:
    """Without them codex would call its usual service with this login."""
    urls = {key: url for key in _BASE_URLS if isinstance(url := read_home_config(source).get(key), str)}
    config = home / "config.toml"
    if urls and not config.exists():
        # JSON text is TOML text as well.
        write_private(config, "".join(f"{key} = {json.dumps(url)}\n" for key, url in urls.items()).encode())


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write_private(target, source.read_bytes())
        source.unlink()
    sync_folder(target.parent)
    sync_folder(source.parent)
