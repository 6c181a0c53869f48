"""What is to be kept running, whoever keeps it: the command, its user, its folders and its environment."""

import os
import pwd
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import hostagent
from hostagent.accounts import AccountsFile
from hostagent.codex_home import PASSED_ON
from hostagent.codex_program import find_codex, find_launcher
from hostagent.config import Config
from hostagent.errors import ConfigError, ProbeFault

LOG_NAME = "hostagent.log"

_SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")


@dataclass(frozen=True)
class Service:
    """Every path is absolute. `is_timer`: the command is one round, to be started every `interval_seconds`."""

    command: Sequence[str]
    environment: Mapping[str, str]
    owner: pwd.struct_passwd
    is_timer: bool
    interval_seconds: int
    writable: Sequence[Path]
    needed: Sequence[Path]
    log_file: Path


def plan_service(config: Config, accounts: AccountsFile, *, is_timer: bool) -> Service:
    """The service that does what `hostagent run` does when it is typed here and now.

    Raises ConfigError where that cannot be: no account, no codex, files of several users, an odd path.
    """
    if not accounts.accounts:
        raise ConfigError(f"{config.accounts_file}: names no account; add one: hostagent add you@example.com")
    homes = [account.home for account in accounts.accounts if account.provider == "codex"]
    writable = _outermost([config.accounts_dir, config.state_dir, *homes])
    codex = _find_codex(config, accounts)
    command = [*own_command(), "run", *(["--once"] if is_timer else []), "--config", str(config.path)]
    files = [config.path, config.token_file, config.accounts_file, *([config.ca_file] if config.ca_file else [])]
    programs = [Path(command[0]), Path(hostagent.__file__), Path(sys.prefix), Path(sys.base_prefix), *codex]
    environment = {"PATH": _search_path(codex), **passed_on(os.environ)[0]}
    _refuse_unwritable([*command, *environment.values(), *map(str, writable)])
    return Service(
        command=command,
        environment=environment,
        owner=_owner([config.token_file, *writable], config.path.parent),
        is_timer=is_timer,
        interval_seconds=config.poll_interval_sec,
        writable=writable,
        needed=[*writable, *files, *programs],
        log_file=log_file(config),
    )


def own_command() -> list[str]:
    """How this program was started, for others to start it too."""
    script = Path(sys.argv[0]).absolute()
    return [str(script)] if script.name == "hostagent" else [sys.executable, "-m", "hostagent"]


def log_file(config: Config) -> Path:
    """Where the output goes when nothing like systemd's journal takes it."""
    return config.state_dir / LOG_NAME


def passed_on(environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What of this environment the service needs too, and the names of those that hold a password.

    A unit can be read by everybody, so the latter do not go into it.
    """
    found = {name: environment[name] for name in PASSED_ON if environment.get(name) and name != "PATH"}
    secret = [name for name, value in found.items() if "@" in value]
    return {name: value for name, value in found.items() if name not in secret}, secret


def _outermost(folders: Iterable[Path]) -> list[Path]:
    """Without those that are within another one, and as they are on the disk, whatever links lead there."""
    real = dict.fromkeys(folder.resolve() for folder in folders)
    return [folder for folder in real if not any(folder.is_relative_to(other) for other in real if other != folder)]


def _find_codex(config: Config, accounts: AccountsFile) -> list[Path]:
    """What is found on PATH, and the program behind it; nothing where no account needs it."""
    try:
        return [find_launcher(config.codex_bin), find_codex(config.codex_bin)]
    except ProbeFault as fault:
        if any(account.enabled and account.provider == "codex" for account in accounts.accounts):
            raise ConfigError(
                "codex is not on this PATH, so a service would not find it either; name it in"
                f' {config.path} (codex: bin: …), or with sudo type: sudo env "PATH=$PATH" hostagent …'
            ) from fault
        return []


def _search_path(codex: Sequence[Path]) -> str:
    """Where codex was found, then what every system has: nothing that belongs to one shell."""
    folders = [str(path.parent) for path in codex[:1]]
    return os.pathsep.join(dict.fromkeys([*folders, *_SYSTEM_PATH]))


def _owner(paths: Sequence[Path], otherwise: Path) -> pwd.struct_passwd:
    """Whose files these are. Raises ConfigError where they are several users'."""
    owners = {path: uid for path in paths if (uid := _uid_of(path)) is not None} or {otherwise: otherwise.stat().st_uid}
    if len(set(owners.values())) > 1:
        listed = "; ".join(f"{path} is {_name(uid)}'s" for path, uid in owners.items())
        raise ConfigError(f"the files belong to several users ({listed}); give all to one: sudo chown -R NAME FOLDER…")
    path, uid = next(iter(owners.items()))
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise ConfigError(f"{path}: belongs to a user that this machine does not know") from error


def _uid_of(path: Path) -> int | None:
    """None where it is not there yet."""
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be looked at: {error.strerror}") from error


def _refuse_unwritable(texts: Iterable[str]) -> None:
    """Neither a unit nor a property list can hold everything that a path can."""
    for text in texts:
        if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", text):
            raise ConfigError(f"{text!r} holds a character that cannot be written for a service; rename it")


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
