"""What every command shares on the terminal: its settings, its questions, its JSON."""

import argparse
import getpass
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from hostagent import report
from hostagent.config import find_config, read_config
from hostagent.errors import Stopped, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from hostagent.accounts import AccountsFile
    from hostagent.config import Config
    from hostagent.snapshot import Snapshot

_MOST_CHARACTERS = 1024 * 1024


def settings(options: argparse.Namespace, *, is_accounts_file_needed: bool = True) -> tuple["Config", "AccountsFile"]:
    """hostagent.yaml and accounts.json; what they have to say besides goes to standard error. Raises ConfigError."""
    path = find_config(getattr(options, "config", None), os.environ)
    config, accounts = read_config(path, is_accounts_file_needed=is_accounts_file_needed)
    for notice in accounts.notices:
        tell(notice)
    return config, accounts


def tell(sentence: str) -> None:
    """A notice beside the answer."""
    show_progress(f"hostagent: {sentence}")


def show_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def terminal_width() -> int | None:
    """Columns of the terminal that standard output is; None where it is a file or a pipe."""
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None


def show_reading(snapshot: "Snapshot", number: int, total: int) -> None:
    """The progress of a round: what one more account has left."""
    place = f"[{number}/{total}] " if total > 1 else ""
    show_progress(place + report.summarize_snapshot(snapshot))


def print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def read_text(path: "Path") -> str:
    """A file that was named on the command line. Raises UsageError."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def ask_hidden(question: str) -> str:
    """What a person types or pastes without seeing it; all of standard input where that is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.read(_MOST_CHARACTERS)
    try:
        return getpass.getpass(question)
    except EOFError:
        return ""


def confirm(question: str, *, is_confirmed: bool) -> None:
    """Go on only with a yes. Raises Stopped without one, UsageError where nobody can be asked."""
    if is_confirmed:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to ask on; to say so, add --yes")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Stopped("nothing was changed")
