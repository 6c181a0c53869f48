"""Telling systemd and launchd what to do, by their own programs."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from hostagent.errors import ServiceFailed
from hostagent.process import Command, read_first_line, run_on_terminal

_ANSWERS_WITHIN_SECONDS = 10.0


def order(words: Sequence[str]) -> None:
    """What the program has to say is seen on the terminal. Raises ServiceFailed."""
    if run_on_terminal(_command(words)) != 0:
        raise ServiceFailed(f"failed (see above): {shlex.join(words)}")


def ask(words: Sequence[str]) -> str:
    """The first line of the answer; empty where there is none in time, or no such program."""
    try:
        return read_first_line(_command(words), _ANSWERS_WITHIN_SECONDS).strip()
    except OSError:
        return ""


def _command(words: Sequence[str]) -> Command:
    return Command(words, os.environ, Path("/"))
