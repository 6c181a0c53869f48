"""systemd: where its units are, and what it is told by systemctl."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hostagent.services.orders import ask, order
from hostagent.services.service import Service
from hostagent.services.systemd_units import NAME, quote_argument, units

# The timer first: where there is one, it starts the service.
_NAMES = (f"{NAME}.timer", f"{NAME}.service")
_ENDED = {"inactive", "failed", "unknown"}
_AT_WORK = {"initializing", "starting", "running", "degraded", "maintenance"}


@dataclass(frozen=True)
class Systemd:
    """The systemd of this user, or of the system; `folder` is where its units are."""

    is_system: bool
    folder: Path

    @classmethod
    def of_this_machine(cls, *, is_system: bool) -> "Systemd":
        return cls(is_system, Path("/etc/systemd/system" if is_system else "~/.config/systemd/user").expanduser())

    def files(self, service: Service) -> Mapping[Path, str]:
        return {self.folder / name: text for name, text in units(service, is_system=self.is_system).items()}

    def installed(self) -> list[Path]:
        return [path for name in _NAMES if (path := self.folder / name).exists()]

    def is_at_work(self) -> bool:
        return ask(self._systemctl("is-system-running")) in _AT_WORK

    def start_commands(self) -> Sequence[Sequence[str]]:
        unit = self.installed()[0].name
        return self._systemctl("daemon-reload"), self._systemctl("enable", "--now", unit)

    def stop(self) -> None:
        names = [path.name for path in self.installed()]
        order(self._systemctl("disable", *names))
        for name in names:
            # What systemd could not load it cannot stop either.
            if ask(self._systemctl("is-active", name)) not in _ENDED:
                order(self._systemctl("stop", name))
            # Else it would be listed as such for as long as the machine runs.
            if ask(self._systemctl("is-failed", name)) == "failed":
                order(self._systemctl("reset-failed", name))

    def forget(self) -> None:
        order(self._systemctl("daemon-reload"))

    def is_for(self, config_file: Path) -> bool:
        """Whether the service that is installed runs with these settings."""
        return any(quote_argument(str(config_file)) in path.read_text(encoding="utf-8") for path in self.installed())

    def log_command(self, lines: int, *, is_followed: bool) -> list[str]:
        unit = f"--unit={NAME}" if self.is_system else f"--user-unit={NAME}"
        return ["journalctl", "--no-pager", f"--lines={lines}", unit, *(["--follow"] if is_followed else [])]

    def _systemctl(self, *arguments: str) -> tuple[str, ...]:
        return ("systemctl", *([] if self.is_system else ["--user"]), *arguments)
