"""`hostagent init`: make this machine a host of a collector."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from hostagent.collector_client import Collector
from hostagent.config import Config, settings_of
from hostagent.errors import ConfigError, TokenRefused, UsageError
from hostagent.private_files import close_to_others, make_private_folder, write_private

_TEMPLATE = """\
# Settings of this host's agent, written by `hostagent init`.
# Relative paths are relative to this file.

# Where the collector answers, and the file with this host's token.
collector_url: {collector_url}
token_file: {token_file}

# This host's name on the page. The token is bound to it.
host: {host}
{transport}
# Which accounts this host holds, and the folder with accounts/<label>/.codex.
accounts_file: accounts.json
accounts_dir: accounts

# What the agent keeps for itself: snapshots not delivered yet, locks.
state_dir: data/hostagent

# Seconds between two rounds, and whether to read only when somebody asks.
poll_interval_sec: 300
manual_refresh: false

# Accounts read at once. Default: four times the number of cores, at most 8.
# concurrency: 8

codex:
  # Default: codex on PATH.
  # bin: /usr/local/bin/codex
  # Environment of codex, besides PATH, LANG, proxies and CA files.
  env: {{}}
"""


@dataclass(frozen=True)
class Joining:
    """How to reach the collector. `host`: refuse a token of another host; `token_file`: the token stays in there."""

    collector_url: str
    host: str | None = None
    token_file: Path | None = None
    ca_file: Path | None = None
    is_insecure: bool = False


def refuse_existing(path: Path) -> None:
    """Raises UsageError where settings are already."""
    if path.exists():
        raise UsageError(f"{path}: is there already; to write it anew, add --force")


def init(path: Path, joining: Joining, token: str) -> tuple[Config, list[str]]:
    """Ask the collector whose token this is, then write hostagent.yaml, the folders and the token's file.

    Returns the settings, and sentences about what was closed to other users. Nothing is written before the collector
    has answered. Raises UsageError, ConfigError, TokenRefused, CollectorUnavailable.
    """
    host = _ask_for_host(_settings(path, joining, "host"), token, joining)
    config = _settings(path, joining, host)
    notices = [close_to_others(make_private_folder(folder)) for folder in (config.accounts_dir, config.state_dir)]
    if joining.token_file is None:
        write_private(config.token_file, f"{token}\n".encode())
    else:
        notices.append(close_to_others(config.token_file))
    write_private(path, _yaml_of(config, joining).encode())
    return config, [notice for notice in notices if notice]


def _settings(path: Path, joining: Joining, host: str) -> Config:
    document = {"collector_url": joining.collector_url, "host": host, "insecure": joining.is_insecure}
    document |= {name: str(file) for name in ("token_file", "ca_file") if (file := getattr(joining, name))}
    try:
        return settings_of(document, path)
    except ConfigError as error:
        raise UsageError(str(error)) from error


def _ask_for_host(config: Config, token: str, joining: Joining) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("that is no token; on the collector type: collector token create --kind agent --host NAME")
    try:
        owner = Collector(config, token).who_am_i()
    except TokenRefused as error:
        raise TokenRefused(
            f"{config.collector_url} does not know this token; on the collector type:"
            " collector token create --kind agent --host NAME"
        ) from error
    if owner.kind != "agent" or owner.host is None:
        raise ConfigError(
            f"this is a token of the kind {owner.kind!r}, and a host needs one of the kind 'agent'; on the collector"
            " type: collector token create --kind agent --host NAME"
        )
    if joining.host not in {None, owner.host}:
        raise ConfigError(f"this is the token of the host {owner.host}, not of {joining.host}")
    return owner.host


def _yaml_of(config: Config, joining: Joining) -> str:
    transport = ""
    if joining.ca_file:
        transport += f"\n# The certificate of an own CA.\nca_file: {_scalar(joining.ca_file)}\n"
    if joining.is_insecure:
        transport += "\n# Plain http beyond this machine shows the token to the network.\ninsecure: true\n"
    return _TEMPLATE.format(
        collector_url=_scalar(config.collector_url),
        token_file=_scalar(joining.token_file or config.token_file.name),
        host=_scalar(config.host),
        transport=transport,
    )


def _scalar(value: str | Path) -> str:
    """In quotes where YAML needs them."""
    return yaml.safe_dump(str(value), allow_unicode=True, width=10_000).splitlines()[0]
