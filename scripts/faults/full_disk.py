#!/usr/bin/env python3
"""The disk under the agent's state folder is full: for three rounds of the real codex, and until snapshots are lost.

Type: sudo .venv/bin/python scripts/faults/full_disk.py
A small file system of its own, which only root can make, is filled while a real `hostagent run` works on it. Reading
goes on; once there is room, what could be held is delivered, and what had to be dropped is told. Needs Linux; takes
about four minutes.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from disks import can_make_disks, filled, small_disk
from fakes.anthropic import FakeAnthropic, Reply
from fakes.chatgpt import FakeChatGPT
from hosts import pinned_codex
from programs import Collector, Host, serve_collector
from verdict import finish, say

ACCOUNTS, ROUNDS = 5, 3
# More than the thousand snapshots that the agent holds while it cannot keep any.
KEYS, ROUNDS_OF_KEYS, HELD = 600, 2, 1000
ROUND_SECONDS = 30


def main() -> None:
    if not can_make_disks():
        sys.exit("full_disk: only root can make a disk; type: sudo .venv/bin/python scripts/faults/full_disk.py")
    with tempfile.TemporaryDirectory() as folder:
        codex = read_codex(Path(folder) / "codex", pinned_codex(), ACCOUNTS, ROUNDS)
        keys = read_keys(Path(folder) / "keys", KEYS, ROUNDS_OF_KEYS)
    is_good = codex["ok"] and keys["ok"] and not codex["dropped"]
    finish({"fault": "full disk", "codex": codex, "keys": keys, "ok": is_good and keys["dropped"] > 0})


def read_codex(folder: Path, codex: Path, accounts: int, rounds: int) -> dict[str, Any]:
    """So many rounds of the real codex without room for any of them."""
    with FakeChatGPT() as upstream, working_host(folder, upstream, codex) as work:
        for number in range(accounts):
            work.host.add_account(f"acc{number}", upstream.add_account(f"A{number}"))
        return work.run(accounts * rounds, lambda: len(upstream.seen("/wham/usage")))


def read_keys(folder: Path, keys: int, rounds: int) -> dict[str, Any]:
    """So many rounds of so many Claude keys that not all of them can be held."""
    with (
        FakeChatGPT() as upstream,
        FakeAnthropic() as api,
        working_host(folder, upstream, Path("/nowhere")) as work,
    ):
        work.host.settings["anthropic_api_url"] = api.base_url
        for number in range(keys):
            api.answer(f"sk-ant-{number}", Reply())
            add_key(work.host, f"claude{number}", f"sk-ant-{number}")
        return work.run(keys * rounds, lambda: len(api.seen))


def add_key(host: Host, label: str, key: str) -> None:
    path = host.folder / "accounts" / label / ".secrets/anthropic_api_key.txt"
    path.parent.mkdir(parents=True)
    path.touch(0o600)
    path.write_text(key)
    host.accounts.append({"label": label, "provider": "anthropic"})


@contextmanager
def working_host(folder: Path, upstream: FakeChatGPT, codex: Path) -> Iterator["Work"]:
    """A host whose state folder is a disk of its own."""
    (folder / "host").mkdir(parents=True)
    with serve_collector(folder / "collector") as collector, small_disk(folder / "disk", "8m") as disk:
        host = Host(folder / "host", upstream, codex)
        host.settings = {"state_dir": str(disk), "poll_interval_sec": ROUND_SECONDS}
        host.join(collector)
        yield Work(host, collector, disk)


class Work:
    """One agent, its collector, and the disk that it works on."""

    def __init__(self, host: Host, collector: Collector, disk: Path) -> None:
        self.host = host
        self._collector = collector
        self._disk = disk

    def run(self, probes: int, count_probes: Callable[[], int]) -> dict[str, Any]:
        """Let the disk be full until the provider was asked so often."""
        said: list[str] = []
        with filled(self._disk):
            agent = self.host.start("run")
            listener = Thread(target=lambda: said.extend(agent.stderr or ()))
            listener.start()
            while count_probes() < probes and agent.poll() is None:
                time.sleep(0.1)
            time.sleep(1)  # for the last of them to come in
            asked, stored = count_probes(), self._count_stored()
            say(f"asked {asked} times without room; {stored} snapshots stored")
        gives_up_at = time.monotonic() + 2 * ROUND_SECONDS
        while self._count_stored() + self._dropped() < asked and time.monotonic() < gives_up_at:
            time.sleep(0.5)
        agent.terminate()
        listener.join()
        agent.communicate()
        return self._judge(asked, stored, "".join(said)) | {"probes_in_all": count_probes()}

    def _judge(self, asked: int, stored: int, said: str) -> dict[str, Any]:
        arrived, dropped = self._count_stored(), self._dropped()
        verdict = {
            "probes_while_full": asked,
            "stored_while_full": stored,
            "arrived": arrived,
            "dropped": dropped,
            "dropped_as_said": [int(line.split()[-1]) for line in said.splitlines() if "dropped while" in line],
            "says_spool_full": "spool full: No space left on device" in said,
        }
        is_told = verdict["says_spool_full"] and verdict["dropped_as_said"] == [dropped]
        return verdict | {"ok": is_told and stored == 0 and arrived + dropped >= asked}

    def _count_stored(self) -> int:
        return sum(
            event["count"]
            for account in self.host.accounts
            for event in self._collector.get(f"/events/{account['label']}")["items"]
        )

    def _dropped(self) -> int:
        return int(self._collector.get("/hosts")["items"][0]["dropped"])


if __name__ == "__main__":
    main()
