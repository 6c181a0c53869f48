"""Units and property lists as `hostagent install-service --print` shows them, read as systemd reads them."""

import re
import shlex
from pathlib import Path


def printed_files(text: str) -> dict[str, str]:
    """The text of each unit by its name."""
    parts = re.split(r"^# (/.*\.(?:service|timer))\n", text, flags=re.MULTILINE)
    return {Path(path).name: body for path, body in zip(parts[1::2], parts[2::2], strict=True)}


def setting(unit: str, name: str) -> list[str]:
    """The values of a setting, each line of it as it stands there."""
    return re.findall(rf"^{re.escape(name)}=(.*)$", unit, re.MULTILINE)


def words(value: str) -> list[str]:
    """A value with several words: systemd's quotes are the shell's, and %% is a percent sign."""
    return [word.replace("%%", "%") for word in shlex.split(value)]


def command(unit: str) -> list[str]:
    """ExecStart=: in the arguments $$ is a dollar, and any other begins a variable, of which there is none."""
    program, *arguments = words(setting(unit, "ExecStart")[0])
    return [program, *(re.sub(r"\$(\$|\w+)", lambda found: "$" if found[1] == "$" else "", a) for a in arguments)]


def environment(unit: str) -> dict[str, str]:
    variables = [word for value in setting(unit, "Environment") for word in words(value)]
    return dict(variable.split("=", 1) for variable in variables)
