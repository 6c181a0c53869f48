"""hostagent.yaml: where the collector is, where the accounts are, how often to look."""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from hostagent.accounts import AccountsFile, read_accounts
from hostagent.errors import ConfigError
from hostagent.faults import Faults
from hostagent.wire_limits import HOST_NAME

DEFAULT_PATHS = (Path("hostagent.yaml"), Path("~/.config/codex-status-fleet/hostagent.yaml"))
DEFAULT_COLLECTOR_URL = "http://127.0.0.1:8080"

# One home for each account: sharing one would cost logins.
_SET_BY_US = {"HOME", "CODEX_HOME", "CODEX_SQLITE_HOME"}

_KEYS = (
    "collector_url",
    "host",
    "token_file",
    "accounts_file",
    "accounts_dir",
    "state_dir",
    "poll_interval_sec",
    "manual_refresh",
    "concurrency",
    "refresh_wait_sec",
    "ca_file",
    "insecure",
    "anthropic_api_url",
    "codex",
)


@dataclass(frozen=True)
class Config:
    """Everything the file says, with defaults filled in; every path is absolute."""

    path: Path
    collector_url: str
    host: str
    token_file: Path
    accounts_file: Path
    accounts_dir: Path
    state_dir: Path
    poll_interval_sec: int
    manual_refresh: bool
    concurrency: int
    refresh_wait_sec: int
    ca_file: Path | None
    insecure: bool
    anthropic_api_url: str
    codex_bin: str | None
    codex_env: Mapping[str, str]


def find_config(named: str | None, environment: Mapping[str, str]) -> Path:
    """The first of --config, $HOSTAGENT_CONFIG, ./hostagent.yaml and the one in ~/.config. Raises ConfigError."""
    chosen = named or environment.get("HOSTAGENT_CONFIG")
    candidates = (Path(chosen),) if chosen else DEFAULT_PATHS
    for path in (candidate.expanduser() for candidate in candidates):
        if path.exists():
            return path.absolute()
    looked = ", ".join(str(path) for path in candidates)
    raise ConfigError(
        f"no settings found (looked for {looked}); type: hostagent init --collector URL (or start from"
        " hostagent.example.yaml)"
    )


def read_config(path: Path, *, is_accounts_file_needed: bool = True) -> tuple[Config, AccountsFile]:
    """Read hostagent.yaml and the accounts.json it names. Raises ConfigError with all faults of both.

    Where the accounts file is not needed, a missing one counts as an empty one.
    """
    document = _read_yaml(path)
    faults = Faults(str(path))
    faults.refuse_unknown("", document, _KEYS)
    accounts_file = _path(faults, document, "accounts_file", "accounts.json")
    accounts_dir = _path(faults, document, "accounts_dir", "accounts")
    accounts = AccountsFile([])
    try:
        if is_accounts_file_needed or accounts_file.exists():
            accounts = read_accounts(accounts_file, accounts_dir)
    except ConfigError as error:
        faults.lines += error.faults
    old = _old_settings(accounts.legacy_settings, document)
    accounts.notices.extend(f"{accounts_file}: {key} counts only until hostagent.yaml sets it" for key in old)
    config = _read_settings(faults, old | document)
    faults.raise_if_any()
    return config, accounts


def settings_of(document: Mapping[str, Any], path: Path) -> Config:
    """What these settings would mean in a file at `path`. Raises ConfigError with all faults."""
    faults = Faults(str(path))
    config = _read_settings(faults, document)
    faults.raise_if_any()
    return config


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: must hold settings, one `name: value` a line")
    return document


def _old_settings(legacy: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """What accounts.json of the first Codex Status Fleet sets and hostagent.yaml does not."""
    old = {key: legacy[key] for key in ("manual_refresh", "poll_interval_sec") if key in legacy}
    if legacy.get("collector_in_compose") is True:
        old["collector_url"] = DEFAULT_COLLECTOR_URL
    elif "collector_url" in legacy:
        old["collector_url"] = str(legacy["collector_url"]).rstrip("/").removesuffix("/ingest")
    return {key: value for key, value in old.items() if key not in document}


def _read_settings(faults: Faults, document: Mapping[str, Any]) -> Config:
    codex = document.get("codex") or {}
    if not isinstance(codex, dict):
        faults.add("codex", "must hold `bin` and `env`")
        codex = {}
    faults.refuse_unknown("codex", codex, ("bin", "env"))
    insecure = faults.flag("", document, "insecure", default=False)
    return Config(
        path=Path(faults.file),
        collector_url=_url(faults, document, "collector_url", DEFAULT_COLLECTOR_URL, insecure),
        host=_host(faults, document),
        token_file=_path(faults, document, "token_file", "collector.token"),
        accounts_file=_path(faults, document, "accounts_file", "accounts.json"),
        accounts_dir=_path(faults, document, "accounts_dir", "accounts"),
        state_dir=_path(faults, document, "state_dir", "data/hostagent"),
        poll_interval_sec=faults.number(document, "poll_interval_sec", 300, range(30, 86_401)),
        manual_refresh=faults.flag("", document, "manual_refresh", default=False),
        concurrency=faults.number(document, "concurrency", min(8, 4 * (os.cpu_count() or 1)), range(1, 65)),
        refresh_wait_sec=faults.number(document, "refresh_wait_sec", 25, range(61)),
        ca_file=_path(faults, document, "ca_file", "") if document.get("ca_file") else None,
        insecure=insecure,
        anthropic_api_url=_url(faults, document, "anthropic_api_url", "https://api.anthropic.com", insecure),
        codex_bin=_program(faults, codex),
        codex_env=_environment(faults, codex),
    )


def _path(faults: Faults, document: Mapping[str, Any], key: str, default: str) -> Path:
    """Relative paths are relative to the file that names them."""
    return faults.path(key, faults.text("", document, key) or default)


def _host(faults: Faults, document: Mapping[str, Any]) -> str:
    host = faults.text("", document, "host")
    if host is None:
        return clean_host_name(socket.gethostname())
    if not HOST_NAME.fullmatch(host):
        faults.add("host", "must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit")
    return host


def clean_host_name(name: str) -> str:
    """A machine's name in the alphabet of host names; `host` when nothing of it is left."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:64] or "host"


def _url(faults: Faults, document: Mapping[str, Any], key: str, default: str, insecure: bool) -> str:
    """A base URL without its trailing slash; plain http only where nobody else can listen, or by `insecure`."""
    url = (faults.text("", document, key) or default).rstrip("/")
    try:
        parts = urlsplit(url)
        hostname = parts.hostname or ""
        is_valid = parts.scheme in {"http", "https"} and bool(hostname) and not parts.query and "@" not in parts.netloc
        _ = parts.port
    except ValueError:
        is_valid = False
    if not is_valid:
        # Something with an @ may hold a password.
        found = "what it is (no user name, no password)" if "@" in url else repr(url)
        faults.add(key, f"must look like https://fleet.example.com, not {found}")
    elif parts.scheme == "http" and not insecure and not _is_loopback(hostname):
        faults.add(key, "http:// would show secrets to the network; use https://, or set insecure: true")
    return url


def _is_loopback(hostname: str) -> bool:
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"


def _program(faults: Faults, codex: Mapping[str, Any]) -> str | None:
    """A bare name is looked up on PATH; a path is relative to the file that names it."""
    program = faults.text("codex", codex, "bin")
    if program is None or "/" not in program:
        return program
    return str(faults.path("codex.bin", program))


def _environment(faults: Faults, codex: Mapping[str, Any]) -> dict[str, str]:
    environment = codex.get("env") or {}
    if not isinstance(environment, dict):
        faults.add("codex.env", "must hold `NAME: value` lines")
        return {}
    for name in _SET_BY_US & set(environment):
        faults.add(f"codex.env.{name}", "is set for each account by the agent and cannot be set here")
    for name, value in environment.items():
        if not isinstance(name, str) or not isinstance(value, str):
            faults.add(f"codex.env.{name}", f"must be text (put it in quotes), not {value!r}")
    return {str(name): str(value) for name, value in environment.items()}
