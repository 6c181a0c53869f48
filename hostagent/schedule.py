"""Which account is read next: wishes first, then what the timer asked for, each account at most every 30 seconds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

MIN_INTERVAL_SECONDS = 30.0


@dataclass(frozen=True)
class Task:
    """Read this account now. The snapshot answers every wish up to `cursor`; None when there was never one."""

    label: str
    cursor: int | None


@dataclass
class _Account:
    started_at: float = -math.inf
    is_running: bool = False
    is_due: bool = False
    wished: int = 0
    # The wishes up to here are answered by a probe that has started.
    noted: int = 0

    @property
    def is_wished(self) -> bool:
        return self.wished > self.noted

    @property
    def may_start_at(self) -> float:
        is_wanted = (self.is_due or self.is_wished) and not self.is_running
        return self.started_at + MIN_INTERVAL_SECONDS if is_wanted else math.inf


class Schedule:
    """Holds what is wanted and what is running. Times are monotonic seconds and come in as arguments.

    A wish that arrives while its account is being read is not answered by that probe, which may have looked before:
    the account is read again.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self._accounts = {label: _Account() for label in labels}

    def ask_for(self, labels: Iterable[str]) -> None:
        """The timer's round."""
        for label in labels:
            self._accounts[label].is_due = True

    def wish(self, label: str, cursor: int) -> bool:
        """Somebody wants this account fresh. False when this host has no such account to read."""
        account = self._accounts.get(label)
        if account is None:
            return False
        account.wished = max(account.wished, cursor)
        return True

    def take(self, now: float) -> Task | None:
        """The next account to read, which counts as running until `finish`; None when nothing may start yet."""
        startable = [(label, account) for label, account in self._accounts.items() if account.may_start_at <= now]
        if not startable:
            return None
        label, account = next((pair for pair in startable if pair[1].is_wished), startable[0])
        account.is_running, account.is_due = True, False
        account.started_at, account.noted = now, account.wished
        return Task(label, account.noted or None)

    def finish(self, label: str) -> None:
        self._accounts[label].is_running = False

    def next_start_at(self) -> float:
        """When `take` may give something; without end when nothing is wanted."""
        return min((account.may_start_at for account in self._accounts.values()), default=math.inf)
