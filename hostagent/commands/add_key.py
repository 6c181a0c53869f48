"""`hostagent add-key`: take in API keys of Claude. No character of a key leaves its file."""

import re
from collections.abc import Sequence
from pathlib import Path

from hostagent.accounts import Account, provider_of
from hostagent.accounts_file import AccountsDocument, edited_accounts, label_of
from hostagent.commands.add import Outcome
from hostagent.config import Config
from hostagent.errors import UsageError
from hostagent.labels import free_label, label_for_key
from hostagent.private_files import make_private_folder, write_private
from hostagent.wire_limits import LABEL

# Shorter ones are shown shortened on the provider's pages, and open nothing.
_KEY = re.compile(r"sk-ant-[A-Za-z0-9_-]{16,}")


def find_keys(text: str) -> list[str]:
    """Every key in a text, once."""
    return list(dict.fromkeys(_KEY.findall(text)))


def add_keys(config: Config, keys: Sequence[str], label: str | None = None) -> list[Outcome]:
    """Each key gets a file of its own and an account. Raises ConfigError before anything is written, UsageError."""
    if not keys:
        raise UsageError("no key found; a key begins with sk-ant-")
    if label is not None and len(keys) != 1:
        raise UsageError(f"a label names one key, but there are {len(keys)}")
    if label is not None and not LABEL.fullmatch(label):
        raise UsageError("a label is 1 to 200 of A-Z a-z 0-9 . _ - and begins with a letter or digit")
    with edited_accounts(config) as accounts:
        return [_add_one(config, accounts, key, label) for key in keys]


def _add_one(config: Config, accounts: AccountsDocument, key: str, label: str | None) -> Outcome:
    known = _find_label_of(config, accounts, key)
    if known is not None and label in {None, known}:
        return Outcome(known, "", "already there", is_enabled(accounts, known))
    if known is not None:
        raise UsageError(f"this key is there already, as {known}")
    entry = accounts.find(label) if label else None
    if entry is None:
        entry = {"label": label or free_label(label_for_key(key), accounts.labels()), "provider": "anthropic"}
        accounts.entries.append(entry)
        result = "added"
    elif provider_of(entry) == "anthropic":
        result = "updated"
    else:
        raise UsageError(f"{label_of(entry)} is no account with an API key; choose another label")
    _write_key(key_file(config, label_of(entry)), key)
    return Outcome(label_of(entry), "", result, is_enabled(accounts, label_of(entry)))


def is_enabled(accounts: AccountsDocument, label: str) -> bool:
    return accounts.get(label).get("enabled") is not False


def key_file(config: Config, label: str) -> Path:
    folder = config.accounts_dir / label
    return Account(label, "anthropic", folder, folder / ".codex").login_file


def _find_label_of(config: Config, accounts: AccountsDocument, key: str) -> str | None:
    """Which account holds this very key."""
    for entry in accounts.entries:
        path = key_file(config, label_of(entry))
        if provider_of(entry) == "anthropic" and path.is_file() and key in find_keys(_read(path)):
            return label_of(entry)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _write_key(path: Path, key: str) -> None:
    make_private_folder(path.parent)
    write_private(path, f"{key}\n".encode())
