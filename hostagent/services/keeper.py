"""What keeps services running on a machine, seen from here: files to write, and commands to give."""

import platform
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from hostagent.errors import UsageError
from hostagent.services.launchd import Launchd
from hostagent.services.service import Service
from hostagent.services.systemd import Systemd

KeeperName = Literal["systemd", "launchd"]


class Keeper(Protocol):
    """The systemd or launchd of this user, or of the system. What gives commands raises ServiceFailed."""

    def files(self, service: Service) -> Mapping[Path, str]:
        """What is to be written where."""

    def installed(self) -> list[Path]:
        """Those files that are there."""

    def is_at_work(self) -> bool:
        """Whether it takes commands here and now; in most containers it does not."""

    def start_commands(self) -> Sequence[Sequence[str]]:
        """What starts what was written, now and after every start of the machine."""

    def stop(self) -> None:
        """End what was installed, wait for that, and never start it again."""

    def forget(self) -> None:
        """Take notice that files are gone."""


def usual_keeper() -> KeeperName:
    """The one of machines like this one."""
    return "launchd" if platform.system() == "Darwin" else "systemd"


def choose_keeper(name: KeeperName, *, is_system: bool) -> Keeper:
    kind = Launchd if name == "launchd" else Systemd
    return kind.of_this_machine(is_system=is_system)


def refuse_missing(name: KeeperName) -> None:
    """Raises UsageError where this machine has no such keeper."""
    if not shutil.which("launchctl" if name == "launchd" else "systemctl"):
        raise UsageError(
            f"{name} is not on this machine; let what keeps programs running here start `hostagent run` (or, again and"
            " again, `hostagent run --once`), or add --print to see the files for another machine"
        )
