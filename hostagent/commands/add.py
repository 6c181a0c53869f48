"""`hostagent add`: name more accounts in accounts.json."""

from collections.abc import Sequence
from dataclasses import dataclass

from hostagent.accounts import provider_of
from hostagent.accounts_file import AccountsDocument, Entry, edited_accounts, label_of, plan_key
from hostagent.config import Config
from hostagent.errors import UsageError
from hostagent.labels import free_label, label_for_email
from hostagent.memos import CANCELED, Memo
from hostagent.wire_limits import LABEL


@dataclass(frozen=True)
class Outcome:
    """What became of one account: `added`, `updated` or `already there`."""

    label: str
    email: str
    result: str
    enabled: bool


def add(config: Config, memos: Sequence[Memo], label: str | None = None) -> list[Outcome]:
    """All of them, or none when accounts.json is broken. Raises ConfigError, UsageError."""
    if label is not None and len(memos) != 1:
        raise UsageError(f"--label names one account, but there are {len(memos)}")
    if label is not None and not LABEL.fullmatch(label):
        raise UsageError("a label is 1 to 200 of A-Z a-z 0-9 . _ - and begins with a letter or digit")
    with edited_accounts(config) as accounts:
        return [_add_one(accounts, memo, label) for memo in memos]


def _add_one(accounts: AccountsDocument, memo: Memo, label: str | None) -> Outcome:
    entry = accounts.find_codex(memo.email) or _find_unclaimed(accounts, memo, label)
    result = "already there"
    if entry is None:
        entry = {"label": label or free_label(label_for_email(memo.email), accounts.labels())}
        accounts.entries.append(entry)
        result = "added"
    if _fill_in(entry, memo) and result != "added":
        result = "updated"
    return Outcome(label_of(entry), memo.email, result, entry.get("enabled") is not False)


def _find_unclaimed(accounts: AccountsDocument, memo: Memo, label: str | None) -> Entry | None:
    """The Codex account of that label, if nobody said yet whose it is. Raises UsageError when it is another one's."""
    entry = accounts.find(label) if label else None
    if entry is None:
        return None
    if provider_of(entry) != "codex" or entry.get("expected_email"):
        raise UsageError(f"{label_of(entry)} is another account already; {memo.email} needs another --label")
    return entry


def _fill_in(entry: Entry, memo: Memo) -> bool:
    """True when something in the entry has changed."""
    before = dict(entry)
    entry["expected_email"] = entry.get("expected_email") or memo.email
    if memo.plan_type and (entry.get(plan_key(entry)) or "").casefold() != memo.plan_type.casefold():
        entry[plan_key(entry)] = memo.plan_type
    if memo.is_canceled:
        entry["enabled"] = False
        if CANCELED not in (entry.get("note") or ""):
            entry["note"] = f"{entry.get('note') or ''} {CANCELED}".strip()
    return entry != before
