"""Reads accounts out of what a person pastes: e-mails one a line, or codex's `/status` boxes. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hostagent.wire_limits import MAX_EMAIL, MAX_NAME

# "Subscription cancelled", written above an account by those who keep such memos.
CANCELED = "解約済み"

# What moves a terminal's cursor is in no e-mail and no plan.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_LETTER = rf"[^\s{_CONTROL}@<>()（）,;:\"'│|]"
_EMAIL = rf"{_LETTER}+@{_LETTER}+\.(?:(?!\.){_LETTER})+"
_ONLY_EMAIL = re.compile(_EMAIL)
_STATUS_LINE = re.compile(
    rf"\bAccount\s*[:：]\s*(?P<email>{_EMAIL})\s*(?:[(（](?P<plan>[^)）{_CONTROL}]*)[)）])?", re.IGNORECASE
)
_FRAME = " \t│|>*-・　"


@dataclass(frozen=True)
class Memo:
    """One account as it was pasted. `plan_type` is None where none was named."""

    email: str
    plan_type: str | None = None
    is_canceled: bool = False


def is_email(text: str) -> bool:
    return len(text) <= MAX_EMAIL and _ONLY_EMAIL.fullmatch(text) is not None


def parse_memos(text: str) -> tuple[list[Memo], list[int]]:
    """The accounts in the text, and the numbers of lines that hold an @ but no account we could make out.

    「解約済み」 on the account's own line, or on a line before it, says that its subscription has ended.
    """
    passed_over: list[int] = []
    return list(_merge(_read_lines(text.splitlines(), passed_over))), passed_over


def _read_lines(lines: Iterable[str], passed_over: list[int]) -> Iterator[Memo]:
    is_canceled = False
    for number, line in enumerate(lines, start=1):
        is_canceled = is_canceled or CANCELED in line
        memo = _read_line(line.replace(CANCELED, " ").strip(_FRAME), is_canceled)
        if memo is not None:
            yield memo
            is_canceled = False
        elif "@" in line:
            passed_over.append(number)


def _read_line(line: str, is_canceled: bool) -> Memo | None:
    if is_email(line):
        return Memo(line, None, is_canceled)
    found = _STATUS_LINE.search(line)
    if found is None or not is_email(found["email"]):
        return None
    plan_type = (found["plan"] or "").strip().lower()[:MAX_NAME]
    return Memo(found["email"], plan_type or None, is_canceled)


def _merge(memos: Iterable[Memo]) -> Iterator[Memo]:
    """One memo an e-mail: the last one that was pasted is the newest, but a plan once named stays known."""
    newest: dict[str, Memo] = {}
    for memo in memos:
        earlier = newest.get(memo.email.casefold(), memo)
        newest[memo.email.casefold()] = Memo(earlier.email, memo.plan_type or earlier.plan_type, memo.is_canceled)
    yield from newest.values()
