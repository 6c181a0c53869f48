#!/usr/bin/env python3
"""The agent is killed 200 times, while codex is asked, while snapshots are on their way, and in between.

Type: .venv/bin/python scripts/faults/killed_agent.py
Four hosts at a time, two with the real codex, behind a proxy that is slow and loses a fifth of the requests, half of
them once the collector has done what they ask. At the end all is delivered and counted. Then an agent is killed whose
codex ignores every end, and started again. Needs Linux; takes about ten minutes.
"""

import itertools
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from fakes.chatgpt import FakeChatGPT
from hosts import BROKEN_CODEX, make_host, pinned_codex, write_program
from lossy_proxy import LossyProxy, lossy_proxy
from processes import Process, children_of, is_running, processes_with
from programs import Collector, Host, serve_collector
from verdict import finish, say

from hostagent.process import CHILD_OF
from hostagent.spool import Spool

HOSTS = 4
KILLS_OF_HOST = 50
ORPHANS_MAY_STAY_SECONDS = 10
VERBS = (("run",), ("run",), ("run", "--once"), ("push",))
MOMENTS = ("asking", "sending", "any")
ORPHANS = 4


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        killed = kill_agents(Path(folder) / "killed", pinned_codex(), HOSTS, KILLS_OF_HOST)
        stubborn = leave_orphans(Path(folder) / "stubborn")
    finish({**killed, **stubborn, "ok": killed["ok"] and stubborn["ok"]})


def kill_agents(folder: Path, codex: Path, hosts: int, kills_of_host: int) -> dict[str, Any]:
    """Kill the agents of so many hosts so often; every other host has this codex, the rest a quick program."""
    folder.mkdir()
    with ExitStack() as stack:
        upstream = stack.enter_context(FakeChatGPT())
        collector = stack.enter_context(serve_collector(folder / "collector"))
        victims = []
        for number in range(hosts):
            host = make_host(folder / f"host-{number}", upstream, collector, None if number % 2 else codex)
            proxy = stack.enter_context(lossy_proxy(collector.url))
            host.settings["collector_url"] = proxy.url
            victims.append(Victim(host, proxy))
        with ThreadPoolExecutor(hosts) as threads:
            list(threads.map(Victim.kill_often, victims, itertools.repeat(kills_of_host)))
            list(threads.map(Victim.deliver_all, victims))
        return judge(victims, collector, read_ledger(folder / "collector/collector.sqlite3"))


def judge(victims: list["Victim"], collector: Collector, ledger: set[tuple[str, int]]) -> dict[str, Any]:
    kept = set().union(*(victim.kept for victim in victims))
    verdict = {
        "fault": "killed agent",
        "kills": sum(victim.kills for victim in victims),
        "while_codex_was_asked": sum(victim.kills_while_asking for victim in victims),
        "while_snapshots_were_sent": sum(victim.kills_while_sending for victim in victims),
        "requests_lost": sum(victim.proxy.lost for victim in victims),
        "snapshots_kept": len(kept),
        "snapshots_missing": len(kept - ledger),
        "snapshots_from_nowhere": len(ledger - kept),
        "stored_twice": count_readings(victims, collector) - len(ledger),
        "orphans_after_10_s": sum(victim.count_orphans() for victim in victims),
    }
    faults = ("snapshots_missing", "snapshots_from_nowhere", "stored_twice", "orphans_after_10_s")
    return verdict | {"ok": not any(verdict[fault] for fault in faults) and kept != set()}


def read_ledger(database: Path) -> set[tuple[str, int]]:
    """What the collector has taken in."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute("SELECT epoch.epoch, seq FROM ledger JOIN epoch ON epoch.id = ledger.epoch_id").fetchall()
    connection.close()
    return set(rows)


def count_readings(victims: list["Victim"], collector: Collector) -> int:
    """How many snapshots the history of all accounts shows."""
    return sum(
        event["count"]
        for victim in victims
        for account in victim.host.accounts
        for event in collector.get(f"/events/{account['label']}?host={victim.host.folder.name}&limit=500")["items"]
    )


class Victim:
    """A host whose agent is killed again and again."""

    def __init__(self, host: Host, proxy: LossyProxy) -> None:
        self.host = host
        self.proxy = proxy
        self.kills = self.kills_while_asking = self.kills_while_sending = 0
        # Every (epoch, seq) that was on this host's disk.
        self.kept: set[tuple[str, int]] = set()
        self._watchers = ThreadPoolExecutor(100)
        self._survivors: list[Future[int]] = []

    def kill_often(self, kills: int) -> None:
        while self.kills < kills:
            agent = self.host.start(*random.choice(VERBS))
            self._wait_for(random.choice(MOMENTS), agent)
            if agent.poll() is None:
                self._kill(agent)
            agent.communicate()
            self.kept |= self.proxy.seen | read_spool(self.host)

    def _wait_for(self, moment: str, agent: subprocess.Popen[str]) -> None:
        """The start of what the moment is called after, and a little more."""
        asked, gives_up_at = count_asked(self.host), time.monotonic() + 20
        while agent.poll() is None and time.monotonic() < gives_up_at:
            is_now = {
                "asking": count_asked(self.host) > asked,
                "sending": self.proxy.sending.is_set(),
                "any": True,
            }
            if is_now[moment]:
                time.sleep(random.uniform(0, 2 if moment == "any" else 0.2))
                return
            time.sleep(0.005)

    def _kill(self, agent: subprocess.Popen[str]) -> None:
        is_asking, is_sending = bool(children_of(agent.pid)), self.proxy.sending.is_set()
        agent.kill()
        orphans = [child for child, parent in processes_with(CHILD_OF).items() if parent == str(agent.pid)]
        self._survivors.append(self._watchers.submit(count_survivors, orphans))
        self.kills += 1
        self.kills_while_asking += is_asking
        self.kills_while_sending += is_sending
        if self.kills % 10 == 0:
            say(f"{self.host.folder.name}: {self.kills} kills")

    def deliver_all(self) -> None:
        self.proxy.is_honest = True
        done = self.host.run("push")
        if done.returncode != 0:
            say(f"{self.host.folder.name}: the last push ended with {done.returncode}: {done.stderr}")
        self.kept |= self.proxy.seen | read_spool(self.host)

    def count_orphans(self) -> int:
        with self._watchers:
            return sum(survivors.result() for survivors in self._survivors)


def count_survivors(orphans: list[Process]) -> int:
    """How many are there still when their time is up."""
    gives_up_at = time.monotonic() + ORPHANS_MAY_STAY_SECONDS
    while (survivors := sum(map(is_running, orphans))) and time.monotonic() < gives_up_at:
        time.sleep(0.5)
    return survivors


def count_asked(host: Host) -> int:
    """How often codex was started."""
    path = host.folder / "asked"
    return path.stat().st_size if path.exists() else 0


def read_spool(host: Host) -> set[tuple[str, int]]:
    spool = Spool(host.folder / "data/hostagent")
    return {(batch.epoch, item["seq"]) for batch in spool.batches() for item in batch.items}


def leave_orphans(folder: Path) -> dict[str, Any]:
    """Kill an agent whose codex ignores every end, start another one with a good codex, and see when all are gone."""
    folder.mkdir()
    with FakeChatGPT() as upstream, serve_collector(folder / "collector") as collector:
        host = make_host(folder / "host", upstream, collector)
        good, host.codex = host.codex, write_program(folder / "ignoring", f"exec {BROKEN_CODEX} ignores_everything")
        host.settings |= {"concurrency": ORPHANS}
        killed = host.start("run")
        orphans = wait_for_children(killed, ORPHANS)
        killed.kill()
        killed.communicate()
        host.codex, started_at = good, time.monotonic()
        agent = host.start("run")
        while any(map(is_running, orphans)) and time.monotonic() < started_at + 90:
            time.sleep(0.5)
        seconds = time.monotonic() - started_at
        while not all_are_read(host, collector) and time.monotonic() < started_at + 90:
            time.sleep(0.5)
        is_read = all_are_read(host, collector)
        agent.terminate()
        agent.communicate()
    verdict = {"stubborn_orphans": len(orphans), "ended_after_s": round(seconds, 1), "accounts_read_then": is_read}
    # Not in the middle of a refresh, and before the next probe of their account gives up.
    return verdict | {"ok": 40 <= seconds <= 60 and is_read}


def wait_for_children(agent: subprocess.Popen[str], count: int) -> list[Process]:
    children: list[Process] = []
    while len(children) < count and agent.poll() is None:
        homes = processes_with("CODEX_HOME")
        children = [child for child in homes if child.parent == agent.pid]
        time.sleep(0.1)
    return children


def all_are_read(host: Host, collector: Collector) -> bool:
    latest = collector.latest()
    return all(latest.get(account["label"], {}).get("state") == "ok" for account in host.accounts)


if __name__ == "__main__":
    main()
