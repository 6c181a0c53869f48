"""`hostagent install-service` and `uninstall-service`: the host agent runs with nobody to type it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hostagent.collector_client import read_token
from hostagent.commands.status import is_agent_running
from hostagent.config import Config
from hostagent.errors import ConfigError, StateBusy
from hostagent.private_files import make_private_folder, write_readable
from hostagent.services.keeper import Keeper
from hostagent.services.orders import order
from hostagent.services.service import Service


@dataclass(frozen=True)
class Installation:
    """What was written, and what is left to type where nothing takes commands yet; else it runs."""

    files: Sequence[Path]
    is_replacing: bool
    commands_left: Sequence[Sequence[str]]


def install_service(config: Config, service: Service, keeper: Keeper) -> Installation:
    """Write the files and start the service, in the place of one that was installed before.

    Raises ConfigError, StateBusy and nothing is changed; ServiceFailed.
    """
    if not keeper.installed() and is_agent_running(config.state_dir):
        raise StateBusy(
            f"another `hostagent run` works in {config.state_dir}; end it first (what scripts/up.sh started:"
            " scripts/down.sh) and type the same again"
        )
    read_token(config)
    files = keeper.files(service)
    for folder in service.writable:
        make_private_folder(folder, service.owner)
    is_replacing = bool(uninstall_service(keeper))
    for path, text in files.items():
        _write(path, text)
    commands = keeper.start_commands()
    if not keeper.is_at_work():
        return Installation(list(files), is_replacing, commands)
    for command in commands:
        order(command)
    return Installation(list(files), is_replacing, [])


def uninstall_service(keeper: Keeper) -> list[Path]:
    """End the service and remove its files, which are returned; nothing where it is not installed."""
    files = keeper.installed()
    is_at_work = bool(files) and keeper.is_at_work()
    if is_at_work:
        keeper.stop()
    for path in files:
        path.unlink()
    if is_at_work:
        keeper.forget()
    return files


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_readable(path, text.encode())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
