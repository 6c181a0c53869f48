"""Items of `/latest`, made quickly: what only changes with its account is kept until it does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from collector import states
from collector.queries import accounts, bodies
from collector.queries.accounts import Standing
from collector.queries.fleet import Present
from collector.routes import items
from collector.routes.answers import Item
from collector.states import State

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Filters:
    """Which items are wanted, and how; None is any."""

    host: str | None = None
    provider: str | None = None
    state: str | None = None
    with_raw: bool = True

    def let_pass(self, head: "Head") -> bool:
        return (self.provider is None or self.provider == head.provider) and (
            self.state is None or self.state == head.state
        )


@dataclass(frozen=True)
class Head:
    """An item without its bodies. It holds for one revision of its account, until a deadline passes."""

    database_id: str
    revision: int
    host_id: int
    is_silent: bool
    """The host."""
    stale_at: datetime
    """Far away for a reading that never goes stale."""
    is_old: bool
    text: bytes
    provider: str
    state: State

    def is_good(self, revision: int, present: Present) -> bool:
        """Cheapest first: nearly all are good, and there is one for every account."""
        return (
            self.revision == revision
            and (self.stale_at <= present.now) is self.is_old
            and (self.host_id in present.silent_hosts) is self.is_silent
            and self.database_id == present.edition.database_id
        )


class Heads:
    """Those that were asked for, by account. Threads share them: a head is replaced and never changed."""

    def __init__(self) -> None:
        self._known: dict[int, Head] = {}

    def list_items(self, present: Present, filters: Filters) -> Iterator[Item]:
        """The wanted items of registered accounts, by host, then label."""
        rows = bodies.list_bodies(filters.host, filters.with_raw)
        heads = [
            head if (head := self._known.get(account_id)) and head.is_good(revision, present) else None
            for account_id, revision, _, _ in rows
        ]
        missing = [row[0] for row, head in zip(rows, heads, strict=True) if head is None]
        # Those may have changed once more since the rows were read, and bring their own bodies along.
        anew = {account.id: account for account in accounts.list_standings_by_id(missing)}
        for (account_id, _, raw, parsed), head in zip(rows, heads, strict=True):
            if head is None:
                if account_id in anew:
                    yield from self.items_of(anew[account_id], present, filters)
            elif filters.let_pass(head):
                yield items.with_bodies(head.text, raw, parsed, filters.with_raw)

    def items_of(self, account: Standing, present: Present, filters: Filters) -> list[Item]:
        """The account's item, unless the filters stop it. Its bodies are those that were read with it."""
        head = self._known[account.id] = _head(account, present)
        if not filters.let_pass(head):
            return []
        return [items.with_own_bodies(head.text, account, filters.with_raw)]


def _head(account: Standing, present: Present) -> Head:
    verdict = states.judge(account.facts, present.now)
    stale_at = verdict.stale_at or _NEVER
    return Head(
        database_id=present.edition.database_id,
        revision=account.revision,
        host_id=account.host_id,
        is_silent=verdict.host_silent_since is not None,
        stale_at=stale_at,
        is_old=stale_at <= present.now,
        text=items.account_head(account, verdict),
        provider=account.provider,
        state=verdict.state,
    )
