#!/usr/bin/env python3
"""Logins are renewed by an issuer that takes up to 15 seconds, while agents are stopped, killed and timed out.

Type: .venv/bin/python scripts/faults/late_issuer.py
The real codex, single-use refresh tokens, four hosts with three accounts each; access tokens run out between any two
rounds. Settings change under a running agent, and a `push` works beside it. At the end every login has to work, and no
refresh token may have been shown twice. Needs Linux; takes about ten minutes.
"""

import contextlib
import itertools
import logging
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from fakes.chatgpt import Account, FakeChatGPT
from hosts import pinned_codex
from processes import Process, is_running, processes_with
from programs import Host
from verdict import finish, say

from hostagent.config import read_config
from hostagent.process import StopRequest
from hostagent.providers.codex import probe

HOSTS, ACCOUNTS_OF_HOST, ROUNDS, LATEST_SECONDS = 4, 3, 25, 15.0
# codex renews an access token that has less than this left.
RENEWED_BEFORE_SECONDS = 300


def main() -> None:
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        finish(interrupt_refreshes(Path(folder), pinned_codex(), HOSTS, ROUNDS, LATEST_SECONDS))


def interrupt_refreshes(folder: Path, codex: Path, hosts: int, rounds: int, latest_seconds: float) -> dict[str, Any]:
    """So many rounds on each host, each of which interrupts refreshes that take up to `latest_seconds`."""
    with FakeChatGPT() as upstream, watching_homes(folder) as most_children, ThreadPoolExecutor(hosts) as threads:
        troubled = [TroubledHost(Host(folder / f"host-{n}", upstream, codex), latest_seconds) for n in range(hosts)]
        list(threads.map(TroubledHost.trouble, troubled, itertools.repeat(rounds)))
        working = sum(threads.map(TroubledHost.count_working_logins, troubled))
    logins = [login for host in troubled for login in host.logins]
    verdict = {
        "fault": "late issuer",
        "rounds": rounds * hosts,
        "logins": len(logins),
        "refreshes": sum(login.refreshes for login in logins),
        "refreshes_interrupted": sum(host.interrupted for host in troubled),
        "logins_lost": len(logins) - working,
        "refresh_tokens_shown_twice": sum(login.reused_refresh_tokens for login in logins),
        "most_children_of_a_home": max(most_children.values()),
    }
    is_good = verdict["logins_lost"] == verdict["refresh_tokens_shown_twice"] == 0
    return verdict | {
        "ok": is_good and verdict["most_children_of_a_home"] == 1 and verdict["refreshes_interrupted"] > 0
    }


class TroubledHost:
    """A host whose agents are disturbed in every way there is, one way a round. Its collector is away."""

    def __init__(self, host: Host, latest_seconds: float) -> None:
        self._host = host
        self._latest_seconds = latest_seconds
        self.logins = [self._add_login(number) for number in range(ACCOUNTS_OF_HOST)]
        # Refreshes that were under way when somebody lost patience.
        self.interrupted = 0
        host.settings = {"collector_url": "http://127.0.0.1:9", "concurrency": ACCOUNTS_OF_HOST}
        (host.folder / "collector.token").touch(0o600)
        (host.folder / "collector.token").write_text("unused")

    def _add_login(self, number: int) -> Account:
        """One whose access tokens are good for one round."""
        login = self._host.upstream.add_account(f"{self._host.folder.name}-{number}")
        login.access_ttl_seconds = RENEWED_BEFORE_SECONDS + self._latest_seconds + 1
        home = self._host.add_account(f"acc{number}", login)
        self._host.upstream.seed_home(login, home, expires_in_seconds=-60)
        return login

    def trouble(self, rounds: int) -> None:
        ways = (self._stop, self._kill, self._time_out, self._push_beside, self._reload)
        for number in range(rounds):
            for login in self.logins:
                login.refresh_reply_delay_seconds = self._latest_seconds * random.uniform(0.3, 1)
            # By turns surely in the middle of a refresh, and at any time.
            ways[number % len(ways)](self._latest_seconds * random.uniform(0, 1 if number % 2 else 0.3))
            say(f"{self._host.folder.name}: round {number}, {sum(login.refreshes for login in self.logins)} refreshes")

    def _stop(self, after_seconds: float) -> None:
        self._end(self._host.start("run"), signal.SIGTERM, after_seconds)

    def _kill(self, after_seconds: float) -> None:
        self._end(self._host.start("run"), signal.SIGKILL, after_seconds)

    def _push_beside(self, after_seconds: float) -> None:
        agent, push = self._host.start("run"), self._host.start("push")
        self._end(agent, signal.SIGTERM, after_seconds)
        self._end(push, signal.SIGINT, 0)

    def _reload(self, after_seconds: float) -> None:
        agent = self._host.start("run")
        self._wait_for_refresh()
        self._host.accounts[0]["note"] = str(random.random())
        self._host.write_files()
        self._end(agent, signal.SIGTERM, after_seconds)

    def _end(self, agent: subprocess.Popen[str], number: signal.Signals, after_seconds: float) -> None:
        self._wait_for_refresh()
        time.sleep(after_seconds)
        self.interrupted += self._count_refreshing()
        agent.send_signal(number)
        agent.communicate(timeout=120)

    def _wait_for_refresh(self) -> None:
        """A while: there may be none in this round."""
        gives_up_at = time.monotonic() + 5
        while not self._count_refreshing() and time.monotonic() < gives_up_at:
            time.sleep(0.01)

    def _count_refreshing(self) -> int:
        return sum(login.refreshes_in_flight for login in self.logins)

    def _time_out(self, after_seconds: float) -> None:
        self._host.write_files()
        config, accounts = read_config(self._host.folder / "hostagent.yaml")
        with ThreadPoolExecutor(len(self.logins)) as threads, contextlib.closing(StopRequest()) as stop:
            probes = [threads.submit(probe, a, config, stop, 1 + after_seconds) for a in accounts.accounts]
            for done in as_completed(probes):
                if done.result().error is not None:
                    self.interrupted += self._count_refreshing()

    def count_working_logins(self) -> int:
        for login in self.logins:
            login.refresh_reply_delay_seconds = 0
        probes = [self._host.run("probe", account["label"]) for account in self._host.accounts]
        return sum(done.returncode == 0 for done in probes)


@contextlib.contextmanager
def watching_homes(folder: Path) -> Iterator[Counter[str]]:
    """Look all the time how many codex there are in each home below the folder; the most that there were."""
    most, is_over = Counter[str](), threading.Event()
    watcher = threading.Thread(target=watch_homes, args=(folder, most, is_over))
    watcher.start()
    try:
        yield most
    finally:
        is_over.set()
        watcher.join()


def watch_homes(folder: Path, most: Counter[str], is_over: threading.Event) -> None:
    while not is_over.wait(0.1):
        homes: dict[str, list[Process]] = {}
        for process, home in processes_with("CODEX_HOME").items():
            # codex starts a program or two itself, in its own group.
            if home.startswith(f"{folder}/") and process.pid == process.group:
                homes.setdefault(home, []).append(process)
        for home, children in homes.items():
            # One may have left while the next was seen.
            count = len(children) if len(children) == 1 else sum(map(is_running, children))
            most[home] = max(most[home], count)


if __name__ == "__main__":
    main()
