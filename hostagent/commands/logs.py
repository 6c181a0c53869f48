"""`hostagent logs`: which program shows what the agent had to say."""

from collections.abc import Iterable
from pathlib import Path

from hostagent.config import Config
from hostagent.errors import UsageError
from hostagent.services.service import log_file
from hostagent.services.systemd import Systemd


def choose_log(config: Config, systemds: Iterable[Systemd], lines: int, *, is_followed: bool) -> list[str]:
    """The command that shows it: of systemd's journal for a unit with these settings, else of the log file.

    Raises UsageError where there is neither.
    """
    for systemd in systemds:
        if systemd.is_for(config.path):
            return systemd.log_command(lines, is_followed=is_followed)
    file = log_file(config)
    if not file.exists():
        raise UsageError(
            "nothing keeps what the agent says: it is on the terminal where `hostagent run` was typed; to have it kept,"
            " type: hostagent install-service"
        )
    return tail(file, lines, is_followed=is_followed)


def tail(file: Path, lines: int, *, is_followed: bool) -> list[str]:
    # -F goes on with a new file of the same name.
    return ["tail", "-n", str(lines), *(["-F"] if is_followed else []), str(file)]
