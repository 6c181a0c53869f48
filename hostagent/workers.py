"""Threads that read what the schedule asks for, several accounts at once."""

import dataclasses
import math
import threading
import time
from collections.abc import Callable, Sequence

from hostagent.accounts import Account
from hostagent.config import Config
from hostagent.errors import Stopped
from hostagent.pauses import Pauses
from hostagent.probing import probe_account
from hostagent.process import StopRequest
from hostagent.schedule import Schedule, Task
from hostagent.snapshot import Snapshot


class Workers:
    """`config.concurrency` threads on one schedule; `done` gets every snapshot, in the thread that made it."""

    def __init__(
        self, accounts: Sequence[Account], config: Config, stop: StopRequest, done: Callable[[Snapshot], None]
    ) -> None:
        self._accounts = {account.label: account for account in accounts}
        self._config = config
        self._stop = stop
        self._done = done
        self._pauses = Pauses(config.state_dir)
        self._schedule = Schedule(self._accounts)
        self._changed = threading.Condition()
        self._is_closing = False
        self._threads = [threading.Thread(target=self._work, name=f"probe-{n}") for n in range(config.concurrency)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def ask_for_all(self) -> None:
        """The timer's round: every account but those to be left alone."""
        self._ask_for(self._pauses.is_worth_asking)

    def ask_for_renewed(self) -> None:
        """Accounts that somebody has logged in since they were left alone."""
        self._ask_for(self._pauses.is_renewed)

    def _ask_for(self, is_wanted: Callable[[Account], bool]) -> None:
        with self._changed:
            wanted = [account.label for account in self._accounts.values() if is_wanted(account)]
            if wanted:
                self._schedule.ask_for(wanted)
                self._changed.notify_all()

    def wish(self, label: str, cursor: int) -> bool:
        """False when this host has no such account to read."""
        with self._changed:
            is_ours = self._schedule.wish(label, cursor)
            self._changed.notify()
        return is_ours

    def close(self) -> None:
        """Wait for the running probes; with a stop requested they end at once, without a snapshot."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (task := self._next_task()) is not None:
            try:
                snapshot = probe_account(self._accounts[task.label], self._config, self._stop)
            except Stopped:
                return
            with self._changed:
                self._schedule.finish(task.label)
                self._pauses.note(self._accounts[task.label], snapshot)
                self._changed.notify()
            self._done(dataclasses.replace(snapshot, refresh_cursor=task.cursor))

    def _next_task(self) -> Task | None:
        with self._changed:
            while not self._is_closing:
                task = self._schedule.take(time.monotonic())
                if task is not None:
                    return task
                wait_seconds = self._schedule.next_start_at() - time.monotonic()
                self._changed.wait(None if wait_seconds == math.inf else max(0.0, wait_seconds))
        return None
