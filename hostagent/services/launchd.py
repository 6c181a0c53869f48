"""launchd: its property list, and what it is told by launchctl. Written from its manual; not run on macOS by us."""

import os
import plistlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hostagent.errors import ServiceFailed
from hostagent.process import Command, run_on_terminal
from hostagent.services.orders import ask
from hostagent.services.service import Service

LABEL = "io.github.codex-status-fleet.hostagent"

# hostagent waits for a codex in the middle of a token refresh; launchd's own 20 s would cut it off.
_EXIT_SECONDS = 100
_LOOK_SECONDS = 0.5
_WHY = {
    "ExitTimeOut": "A codex in the middle of a token refresh is waited for: cut off, its login would be lost.",
    "KeepAlive": (
        "Started again whenever it fails. launchd cannot tell 78 (a file has to be mended by a person) from a crash, so"
        " that is tried again too, once in ThrottleInterval seconds, and says so in the log."
    ),
    "StartInterval": "poll_interval_sec of hostagent.yaml. A round that is still at work is not started twice.",
    "Umask": "077: what it writes is for its user alone.",
}


@dataclass(frozen=True)
class Launchd:
    """The launchd of this user, or of the system; `folder` is where its property lists are."""

    is_system: bool
    folder: Path

    @classmethod
    def of_this_machine(cls, *, is_system: bool) -> "Launchd":
        return cls(is_system, Path("/Library/LaunchDaemons" if is_system else "~/Library/LaunchAgents").expanduser())

    def files(self, service: Service) -> Mapping[Path, str]:
        return {self._file: property_list(service, is_system=self.is_system)}

    def installed(self) -> list[Path]:
        return [self._file] if self._file.exists() else []

    def is_at_work(self) -> bool:
        return bool(ask(("launchctl", "print", self._domain)))

    def start_commands(self) -> Sequence[Sequence[str]]:
        return [("launchctl", "bootstrap", self._domain, str(self._file))]

    def stop(self) -> None:
        """launchctl does not wait for a service that takes its time to end."""
        service = f"{self._domain}/{LABEL}"
        question = ("launchctl", "print", service)
        if ask(question):
            run_on_terminal(Command(("launchctl", "bootout", service), os.environ, Path("/")))
        deadline = time.monotonic() + _EXIT_SECONDS
        while ask(question):
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{service} does not end; look at it: launchctl print {service}")
            time.sleep(_LOOK_SECONDS)

    def forget(self) -> None:
        """Nothing to do: launchd has forgotten what it has ended."""

    @property
    def _file(self) -> Path:
        return self.folder / f"{LABEL}.plist"

    @property
    def _domain(self) -> str:
        return "system" if self.is_system else f"gui/{os.getuid()}"


def property_list(service: Service, *, is_system: bool) -> str:
    """With a comment above each key that needs one, which plistlib cannot write."""
    text = plistlib.dumps(_keys(service, is_system=is_system), sort_keys=False).decode()
    for key, reason in _WHY.items():
        text = text.replace(f"\t<key>{key}</key>", f"\t<!-- {reason} -->\n\t<key>{key}</key>", 1)
    return text


def _keys(service: Service, *, is_system: bool) -> dict[str, Any]:
    beginning: dict[str, Any]
    if service.is_timer:
        beginning = {"RunAtLoad": True, "StartInterval": service.interval_seconds}
    else:
        beginning = {"RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False}, "ThrottleInterval": 60}
    return {
        "Label": LABEL,
        **({"UserName": service.owner.pw_name} if is_system else {}),
        "ProgramArguments": list(service.command),
        "EnvironmentVariables": dict(service.environment),
        **beginning,
        "ExitTimeOut": _EXIT_SECONDS,
        "ProcessType": "Background",
        "Umask": 0o077,
        "StandardOutPath": str(service.log_file),
        "StandardErrorPath": str(service.log_file),
    }
