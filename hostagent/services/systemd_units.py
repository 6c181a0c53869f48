"""The units of a service, as systemd reads them. Pure: a Service in, texts out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from hostagent.services.service import Service

NAME = "codex-status-fleet-hostagent"

_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - asked about, not used


def units(service: Service, *, is_system: bool) -> Mapping[str, str]:
    """The text of each unit by its file name."""
    parts = ["timer.service" if service.is_timer else "daemon.service", "shared.conf"]
    parts += ["system.conf"] if is_system else []
    values = _values(service, is_system=is_system)
    made = {f"{NAME}.service": "".join(_template(part).substitute(values) for part in parts)}
    if service.is_timer:
        made[f"{NAME}.timer"] = _template("timer.timer").substitute(values)
    return made


def quote(word: str) -> str:
    """A word of a setting that takes several: in quotes where it needs them, and no specifier."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return escaped if re.fullmatch(r"[\w@%+=:,./-]+", word) else f'"{escaped}"'


def quote_argument(word: str) -> str:
    """The same for the arguments of ExecStart=, where a dollar begins a variable."""
    return quote(word).replace("$", "$$")


def exec_line(command: Sequence[str]) -> str:
    """A command as ExecStart= wants it: in the program's path a dollar is a dollar, and no quote may be."""
    if re.search(r"""["'\\]""", command[0]):
        command = ["/usr/bin/env", *command]
    return " ".join([quote(command[0]), *map(quote_argument, command[1:])])


def _values(service: Service, *, is_system: bool) -> dict[str, str | int]:
    variables = [f"{name}={value}" for name, value in service.environment.items()]
    return {
        "command": exec_line(service.command),
        "environment": "\n".join(f"Environment={quote(variable)}" for variable in variables),
        "target": "multi-user.target" if is_system else "default.target",
        "owner": service.owner.pw_name.replace("%", "%%"),
        # With a minus a folder that is gone one day, like the home of an account, does not fail the start.
        "writable": " ".join(quote(f"-{folder}") for folder in service.writable),
        "protect_home": "read-only" if _is_any_below(service.needed, _HOMES) else "yes",
        "private_tmp": "no" if _is_any_below(service.needed, _TEMPORARY) else "yes",
        "interval": service.interval_seconds,
        # The daemon's own, see hostagent.agent.
        "jitter": service.interval_seconds // 10,
    }


def _is_any_below(paths: Iterable[Path], folders: Iterable[str]) -> bool:
    """Both the paths as they are named and what links lead to."""
    roots = [form for folder in folders for form in (Path(folder), Path(folder).resolve())]
    return any(form.is_relative_to(root) for path in paths for form in (path, path.resolve()) for root in roots)


def _template(name: str) -> Template:
    return Template((files(__package__) / "templates" / name).read_text(encoding="utf-8"))
