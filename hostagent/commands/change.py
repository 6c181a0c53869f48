"""`hostagent enable`, `disable` and `note`: change what accounts.json says of an account."""

from collections.abc import Sequence

from hostagent.accounts import AccountsFile
from hostagent.accounts_file import edited_accounts
from hostagent.config import Config


def set_enabled(
    config: Config, accounts: AccountsFile, names: Sequence[str], *, is_enabled: bool
) -> list[tuple[str, bool]]:
    """Each label once, and whether anything changed. Raises UsageError for an unknown one, with nothing changed."""
    labels = dict.fromkeys(accounts.find(name).label for name in names)
    changes = []
    with edited_accounts(config) as document:
        for label in labels:
            entry = document.get(label)
            is_change = (entry.get("enabled") is not False) != is_enabled
            if is_change:
                entry["enabled"] = is_enabled
            changes.append((label, is_change))
    return changes


def set_note(config: Config, accounts: AccountsFile, name: str, text: str) -> str:
    """The label of the account that has this note now. Raises UsageError, ConfigError for a note that is too long."""
    label = accounts.find(name).label
    with edited_accounts(config) as document:
        document.get(label)["note"] = text
    return label
