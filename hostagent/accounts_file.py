"""Changing accounts.json: one program at a time, whole or not at all, and nothing in it that we do not know is lost."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hostagent.accounts import parse_accounts, provider_of
from hostagent.config import Config
from hostagent.errors import ConfigError
from hostagent.private_files import make_private_folder, write_private

Entry = dict[str, Any]


class AccountsDocument:
    """The file's content, with its own keys and order. Entries are changed in place."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.entries: list[Entry] = document.setdefault("accounts", [])

    def labels(self) -> list[str]:
        return [label_of(entry) for entry in self.entries]

    def get(self, label: str) -> Entry:
        """The account with exactly this label; the caller has found it in the file before. Raises ConfigError."""
        entry = self.find(label)
        if entry is None:
            raise ConfigError(f"{label}: somebody took it out of accounts.json just now; nothing was changed")
        return entry

    def find(self, label: str) -> Entry | None:
        """The account that has this label, or one that differs from it in case only."""
        return next((entry for entry in self.entries if label_of(entry).casefold() == label.casefold()), None)

    def find_codex(self, email: str) -> Entry | None:
        """The first Codex account that is expected to have this e-mail."""
        wanted = email.strip().casefold()
        for entry in self.entries:
            if provider_of(entry) == "codex" and (entry.get("expected_email") or "").strip().casefold() == wanted:
                return entry
        return None


def label_of(entry: Entry) -> str:
    return str(entry.get("label", entry.get("account_label")))


def plan_key(entry: Entry) -> str:
    """Under which of its two names this entry keeps the expected plan."""
    return "expected_planType" if "expected_planType" in entry else "expected_plan_type"


@contextlib.contextmanager
def edited_accounts(config: Config) -> Iterator[AccountsDocument]:
    """The document to change; it replaces the file in one step when the block ends well, and only if it differs.

    A file that is not there counts as one without accounts. Raises ConfigError for a broken file, and for changes
    that would make it one; the file is then as it was.
    """
    path = config.accounts_file.resolve()
    with _locked_folder(path.parent):
        document = _read(path, config)
        before = json.dumps(document)
        accounts = AccountsDocument(document)
        yield accounts
        parse_accounts(accounts.document, config.accounts_file, config.accounts_dir)
        if json.dumps(accounts.document) != before or not path.exists():
            write_private(path, encode_accounts(accounts.document))


def encode_accounts(document: dict[str, Any]) -> bytes:
    """Indented by two, text as it is; half a surrogate pair, which UTF-8 cannot carry, as JSON's escape of it."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return f"{text}\n".encode("utf-8", "backslashreplace")


@contextlib.contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """The folder itself is the lock: the file in it is replaced, and a lock file beside it would stay for ever."""
    descriptor = os.open(make_private_folder(folder), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path, config: Config) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=_object_without_doubles)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{config.accounts_file}: cannot be read, and is left as it is: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(f'{config.accounts_file}: must be an object with a list "accounts"')
    parse_accounts(document, config.accounts_file, config.accounts_dir)
    return document


def _object_without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Python would keep the last of two equal keys, and writing the file again would lose the first."""
    document = dict(pairs)
    if len(document) < len(pairs):
        double = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ValueError(f"the key {double!r} stands twice in one object")
    return document
