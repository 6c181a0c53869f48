"""What this host tells the collector about itself and its accounts."""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from hostagent.accounts import Account
from hostagent.codex_program import find_codex, read_version
from hostagent.config import Config
from hostagent.errors import ProbeFault
from hostagent.wire import registry_body


def registry_of(config: Config, accounts: Iterable[Account]) -> dict[str, Any]:
    """The body of a registry push, with the versions of this moment."""
    agent = {
        "version": version("codex-status-fleet"),
        "codex_version": _codex_version(config),
        "platform": f"{platform.system()}-{platform.machine()}".lower(),
        "poll_interval_sec": config.poll_interval_sec,
        "manual_refresh": config.manual_refresh,
    }
    return registry_body(config.host, agent, accounts)


def _codex_version(config: Config) -> str | None:
    try:
        return read_version(find_codex(config.codex_bin), config.state_dir)
    except ProbeFault:
        return None
