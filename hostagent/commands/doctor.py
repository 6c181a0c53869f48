"""`hostagent doctor`: look at everything that has to be right on this host, and say what to type. It mends nothing."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from hostagent.accounts import AccountsFile
from hostagent.codex_answers import is_too_old
from hostagent.codex_program import find_codex, read_version
from hostagent.collector_client import Collector, TokenOwner
from hostagent.commands.status import is_agent_running, timer_round_age
from hostagent.config import Config
from hostagent.durations import describe_age
from hostagent.errors import ConfigError, HostAgentError, ProbeFault, TokenRefused

Verdict = Literal["ok", "warn", "fail"]

_RENEW_SAFELY = (0, 125, 0)
_CLOCK_SECONDS = 30
_INSTALL_CODEX = "npm install -g @openai/codex@latest"
_NEW_TOKEN = "collector token create --kind agent --host"  # noqa: S105 - what to type, no token


@dataclass(frozen=True)
class Check:
    """One line. `next_step` is what a person types to mend it."""

    subject: str
    verdict: Verdict
    finding: str
    next_step: str | None = None


def doctor(config: Config, accounts: AccountsFile, environment: Mapping[str, str]) -> Iterator[Check]:
    """Each check as it is done; those of the collector wait for the network."""
    yield Check("settings", "ok", str(config.path))
    yield _check_accounts(accounts)
    yield _check_codex(config, accounts)
    yield from _check_environment(environment)
    yield from _check_permissions(config, accounts)
    yield from _check_homes(accounts)
    yield _check_logins(accounts)
    yield from _check_collector(config)
    yield _check_agent(config)


def _check_accounts(accounts: AccountsFile) -> Check:
    enabled = sum(account.enabled for account in accounts.accounts)
    if not enabled:
        return Check("accounts", "warn", "none is enabled", "hostagent add you@example.com")
    return Check("accounts", "ok", f"{enabled} enabled of {len(accounts.accounts)}")


def _check_codex(config: Config, accounts: AccountsFile) -> Check:
    is_needed = any(account.enabled and account.provider == "codex" for account in accounts.accounts)
    bad: Verdict = "fail" if is_needed else "warn"
    try:
        program = find_codex(config.codex_bin)
    except ProbeFault:
        return Check("codex", bad, "is not installed, or not on PATH", _INSTALL_CODEX)
    version = read_version(program, config.state_dir)
    if version is None:
        return Check("codex", bad, f"{program} does not tell its version", _INSTALL_CODEX)
    if is_too_old(version):
        return Check("codex", bad, f"{version} is older than 0.57.0 ({program})", _INSTALL_CODEX)
    if tuple(int(part) for part in version.split(".")) < _RENEW_SAFELY:
        return Check(
            "codex", "warn", f"{version} cannot tell when a login has to be renewed ({program})", _INSTALL_CODEX
        )
    return Check("codex", "ok", f"{version} ({program})")


def _check_environment(environment: Mapping[str, str]) -> Iterator[Check]:
    """Names only. The agent passes none of them on, but codex typed by hand would follow them."""
    names = [
        name
        for name in sorted(environment)
        if name.startswith(("OPENAI_", "CODEX_")) and name != "CODEX_CA_CERTIFICATE"
    ]
    for name in names:
        yield Check("environment", "warn", f"{name} is set; codex of the agent does not see it", f"unset {name}")
    if not names:
        yield Check("environment", "ok", "no OPENAI_* or CODEX_* variable that could clash")


def _check_permissions(config: Config, accounts: AccountsFile) -> Iterator[Check]:
    files = [account.login_file for account in accounts.accounts]
    closed = [config.accounts_dir, config.state_dir, config.token_file, *files]
    faults = [check for path in dict.fromkeys(closed) if (check := _check_permission(path))]
    yield from faults or [Check("permissions", "ok", "closed to other users")]


def _check_permission(path: Path) -> Check | None:
    """None for a path that is closed to others or not there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Check("permissions", "fail", f"{path}: {error.strerror}", f"ls -ld {path}")
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != os.geteuid():
        return Check("permissions", "fail", f"{path} belongs to another user", f"sudo chown $(id -un) {path}")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check("permissions", "warn", f"{path} is open to other users ({mode:o})", f"chmod go= {path}")
    return None


def _check_homes(accounts: AccountsFile) -> Iterator[Check]:
    first: dict[Path, str] = {}
    shared = []
    for account in (account for account in accounts.accounts if account.provider == "codex"):
        other = first.setdefault(account.home.resolve(), account.label)
        if other != account.label:
            finding = f"{other} and {account.label} are the same folder, so they show the same login"
            shared.append(Check("homes", "fail", finding, f"hostagent remove {account.label}"))
    yield from shared or [Check("homes", "ok", "one for each account")]


def _check_logins(accounts: AccountsFile) -> Check:
    missing = [account for account in accounts.accounts if account.enabled and not account.login_file.exists()]
    if not missing:
        return Check("logins", "ok", "every enabled account has one")
    keys = [account.label for account in missing if account.provider == "anthropic"]
    step = f"hostagent add-key {keys[0]}" if len(keys) == len(missing) else "hostagent login --all"
    return Check("logins", "warn", f"missing: {', '.join(account.label for account in missing)}", step)


def _check_collector(config: Config) -> Iterator[Check]:
    if config.insecure and config.collector_url.startswith("http:"):
        yield Check(
            "transport", "warn", "insecure: true shows the token to the network", "use https:// and leave it out"
        )
    try:
        owner = Collector(config).who_am_i()
    except (ConfigError, TokenRefused) as error:
        yield Check("token", "fail", str(error))
        return
    except HostAgentError as error:
        yield Check("collector", "fail", str(error), f"curl -v {config.collector_url}/healthz")
        return
    yield Check("collector", "ok", f"{config.collector_url} answers")
    yield _check_token(config, owner)
    yield _check_clock(owner.date, datetime.now(UTC))


def _check_token(config: Config, owner: TokenOwner) -> Check:
    if owner.kind != "agent":
        finding = f"is one of the kind {owner.kind!r}; a host needs one of the kind 'agent'"
        return Check("token", "fail", finding, f"{_NEW_TOKEN} {config.host}")
    if owner.host != config.host:
        finding = f"is for the host {owner.host}, and hostagent.yaml says {config.host}"
        return Check("token", "fail", finding, f"set host: {owner.host} in {config.path}")
    return Check("token", "ok", f"agent of the host {owner.host}")


def _check_clock(date: str | None, now: datetime) -> Check:
    """Told to a person only: nothing is ever decided by comparing two clocks."""
    try:
        ahead = round((now - parsedate_to_datetime(date or "")).total_seconds())
    except (TypeError, ValueError):
        return Check("clock", "warn", "the collector does not tell its time")
    if abs(ahead) <= _CLOCK_SECONDS:
        return Check("clock", "ok", "agrees with the collector's")
    side = "ahead of" if ahead > 0 else "behind"
    return Check("clock", "warn", f"{abs(ahead)} s {side} the collector's", "timedatectl set-ntp true")


def _check_agent(config: Config) -> Check:
    if is_agent_running(config.state_dir):
        return Check("agent", "ok", "hostagent run is at work")
    age = timer_round_age(config)
    if age is not None:
        return Check("agent", "ok", f"rounds of hostagent run --once; the last ended {describe_age(age)} ago")
    return Check("agent", "warn", "hostagent run is not at work", "hostagent install-service")
