"""accounts.json: which accounts this host holds, and where each one's folder is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hostagent.errors import ConfigError, UsageError
from hostagent.faults import Faults
from hostagent.wire_limits import LABEL, MAX_ACCOUNTS, MAX_EMAIL, MAX_NAME, MAX_NOTE

PROVIDERS = ("codex", "anthropic")
# What the first Codex Status Fleet took for the same.
_OTHER_NAMES = {
    **dict.fromkeys(("openai", "openai_codex"), "codex"),
    **dict.fromkeys(("claude", "claude_api", "anthropic_api"), "anthropic"),
}

_ACCOUNT_KEYS = (
    "label",
    "account_label",
    "provider",
    "enabled",
    "expected_email",
    "expected_planType",
    "expected_plan_type",
    "note",
    "anthropic_model",
    "home",
)
# Settings that the first Codex Status Fleet kept in this file. The first four still count where hostagent.yaml
# is silent; the others have no meaning any more.
LEGACY_SETTINGS = ("collector_url", "collector_in_compose", "manual_refresh", "poll_interval_sec")
_WITHOUT_MEANING = {
    "codex_cli_version": "codex is found on PATH or named by codex.bin in hostagent.yaml",
    "agent.rpc_timeout_sec": "a probe always gets 60 seconds",
}


@dataclass(frozen=True)
class Account:
    """One login on this host. `folder` is accounts/<label>; `home` is its CODEX_HOME."""

    label: str
    provider: str
    folder: Path
    home: Path
    enabled: bool = True
    expected_email: str | None = None
    expected_plan_type: str | None = None
    note: str = ""
    anthropic_model: str | None = None

    @property
    def login_file(self) -> Path:
        """What makes this account usable: codex's auth.json, or the file with the API key."""
        if self.provider == "anthropic":
            return self.folder / ".secrets/anthropic_api_key.txt"
        return self.home / "auth.json"


@dataclass(frozen=True)
class AccountsFile:
    """The file as read: its accounts, old settings for hostagent.yaml to fall back on, sentences to show once."""

    accounts: list[Account]
    legacy_settings: Mapping[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def find(self, label_or_email: str) -> Account:
        """The account with that label, else the one expected to have that e-mail. Raises UsageError."""
        for account in self.accounts:
            if account.label == label_or_email:
                return account
        wanted = label_or_email.strip().casefold()
        expecting = [account for account in self.accounts if account.expected_email is not None]
        matches = [a for a in expecting if (a.expected_email or "").strip().casefold() == wanted]
        if len(matches) == 1:
            return matches[0]
        if matches:
            labels = ", ".join(account.label for account in matches)
            raise UsageError(f"{label_or_email} is expected of several accounts; name one of them: {labels}")
        known = ", ".join(account.label for account in self.accounts) or "none yet"
        raise UsageError(f"no account {label_or_email!r} in accounts.json; there are: {known}")


def read_accounts(path: Path, accounts_dir: Path) -> AccountsFile:
    """Read accounts.json whole or not at all. Raises ConfigError with every fault in it."""
    return parse_accounts(_read_document(path), path, accounts_dir)


def parse_accounts(document: Mapping[str, Any], path: Path, accounts_dir: Path) -> AccountsFile:
    """What that document means as the content of accounts.json. Raises ConfigError with every fault in it."""
    faults = Faults(str(path))
    notices: list[str] = []
    legacy = _take_old_settings(document, faults, notices)
    entries = document.get("accounts", [])
    if not isinstance(entries, list):
        faults.add("accounts", "must be a list of accounts")
        entries = []
    if len(entries) > MAX_ACCOUNTS:
        faults.add("accounts", f"must name at most {MAX_ACCOUNTS} accounts, not {len(entries)}")
    accounts = []
    for index, entry in enumerate(entries):
        account = _read_account(entry, f"accounts[{index}]", accounts_dir, faults)
        if account is None:
            continue
        if account.provider in PROVIDERS:
            accounts.append(account)
        else:
            notices.append(f"{path}: {account.label} is skipped: provider {account.provider!r} is not known here")
    _refuse_equal_labels(accounts, faults)
    faults.raise_if_any()
    return AccountsFile(accounts, legacy, notices)


def _read_document(path: Path) -> dict[str, Any]:
    """The JSON object in the file, in its own order. Raises ConfigError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: not there; type: hostagent add you@example.com (or start from accounts.example.json)"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{path}: cannot be read: {reason}") from error
    if not isinstance(document, dict):
        raise ConfigError(f'{path}: must be an object with a list "accounts"')
    return document


def _take_old_settings(document: Mapping[str, Any], faults: Faults, notices: list[str]) -> dict[str, Any]:
    known = ("accounts", "agent", "codex_cli_version", *LEGACY_SETTINGS)
    faults.refuse_unknown("", document, known)
    agent = document.get("agent", {})
    if not isinstance(agent, dict):
        faults.add("agent", "must be an object")
        agent = {}
    faults.refuse_unknown("agent", agent, ("rpc_timeout_sec",))
    named = {*document, *(f"agent.{key}" for key in agent)}
    for key, reason in _WITHOUT_MEANING.items():
        if key in named:
            notices.append(f"{faults.file}: {key} is ignored: {reason}")
    return {key: document[key] for key in LEGACY_SETTINGS if key in document}


def _read_account(entry: Any, where: str, accounts_dir: Path, faults: Faults) -> Account | None:
    if not isinstance(entry, dict):
        faults.add(where, "must be an object")
        return None
    provider = provider_of(entry) if faults.text(where, entry, "provider") else "codex"
    if provider in PROVIDERS:
        faults.refuse_unknown(where, entry, (*_ACCOUNT_KEYS, "model") if provider == "anthropic" else _ACCOUNT_KEYS)
    label = entry.get("label", entry.get("account_label"))
    if not isinstance(label, str) or not LABEL.fullmatch(label):
        faults.add(f"{where}.label", "must be 1 to 200 of A-Z a-z 0-9 . _ - and begin with a letter or digit")
        return None
    folder = accounts_dir / label
    home = faults.text(where, entry, "home")
    plan_key = "expected_planType" if "expected_planType" in entry else "expected_plan_type"
    return Account(
        label=label,
        provider=provider,
        folder=folder,
        home=faults.path(f"{where}.home", home) if home else folder / ".codex",
        enabled=faults.flag(where, entry, "enabled", default=True),
        expected_email=faults.text(where, entry, "expected_email", MAX_EMAIL),
        expected_plan_type=faults.text(where, entry, plan_key, MAX_NAME),
        note=faults.text(where, entry, "note", MAX_NOTE) or "",
        anthropic_model=faults.text(where, entry, "anthropic_model") or faults.text(where, entry, "model"),
    )


def provider_of(entry: Mapping[str, Any]) -> str:
    """Of an entry of accounts.json, by the name it has here; one that is not known here as it is written."""
    name = str(entry.get("provider") or "codex").strip().lower()
    return _OTHER_NAMES.get(name, name)


def _refuse_equal_labels(accounts: list[Account], faults: Faults) -> None:
    seen: dict[str, str] = {}
    for account in accounts:
        first = seen.setdefault(account.label.casefold(), account.label)
        if first is not account.label:
            faults.add(
                "accounts",
                f"{first} and {account.label} are one label on a disk that ignores case; rename one",
            )
