"""Items of `/latest`, made quickly: what only changes with its account is kept until it does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collector import states
from collector.queries import accounts, bodies
from collector.queries.accounts import Standing
from collector.queries.bodies import Body
from collector.queries.fleet import Present
from collector.routes import items
from collector.states import State


@dataclass(frozen=True)
class Filters:
    """Which items are wanted, and how; None is any."""

    host: str | None = None
    provider: str | None = None
    state: str | None = None
    with_raw: bool = True

    def let_pass(self, head: "Head") -> bool:
        return self.provider in {None, head.provider} and self.state in {None, head.state}


@dataclass(frozen=True)
class Head:
    """An item without its bodies. It holds for one revision of its account, until a deadline passes."""

    key: tuple[str, int, bool, bool]
    """Database, revision, whether the host is silent, and whether the reading is old."""
    text: bytes
    provider: str
    state: State


class Heads:
    """Those that were asked for, by account. Threads share them: a head is replaced and never changed."""

    def __init__(self) -> None:
        self._known: dict[int, Head] = {}

    def list_items(self, present: Present, filters: Filters) -> Iterator[bytes]:
        """The wanted items of registered accounts, by host, then label."""
        rows = bodies.list_bodies(filters.host, filters.with_raw, present.now)
        heads = list(self._find(rows, present))
        missing = [row[0] for row, head in zip(rows, heads, strict=True) if head is None]
        # Those may have changed once more since the rows were read, and bring their own bodies along.
        anew = {account.id: account for account in accounts.list_standings_by_id(missing)}
        for row, head in zip(rows, heads, strict=True):
            if head is not None and filters.let_pass(head):
                yield items.with_bodies(head.text, row[4], row[5], filters.with_raw)
            elif head is None and row[0] in anew:
                yield from self.items_of(anew[row[0]], present, filters)

    def items_of(self, account: Standing, present: Present, filters: Filters) -> list[bytes]:
        """The account's item, unless the filters stop it. Its bodies are those that were read with it."""
        head = self._known[account.id] = _head(account, present)
        if not filters.let_pass(head):
            return []
        return [items.with_own_bodies(head.text, account, filters.with_raw)]

    def _find(self, rows: Iterable[Body], present: Present) -> Iterator[Head | None]:
        """For each row the head that holds for it; None where it has to be made."""
        database_id, silent = present.edition.database_id, present.silent_hosts
        for account_id, host_id, revision, is_old, _, _ in rows:
            head = self._known.get(account_id)
            key = (database_id, revision, host_id in silent, bool(is_old))
            yield head if head is not None and head.key == key else None


def _head(account: Standing, present: Present) -> Head:
    verdict = states.judge(account.facts, present.now)
    is_old = verdict.stale_at is not None and verdict.stale_at <= present.now
    return Head(
        key=(present.edition.database_id, account.revision, verdict.host_silent_since is not None, is_old),
        text=items.account_head(account, verdict),
        provider=account.provider,
        state=verdict.state,
    )
