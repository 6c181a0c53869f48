#!/usr/bin/env python3
"""The agent's clock is ten years behind, three days ahead, or set while it works; the collector's is right.

Type: .venv/bin/python scripts/faults/wrong_clocks.py
Real agents, the real codex (whose own clock stays right), one real collector. Whatever an agent's clock says, the
newest reading is shown, the history is in order, wishes are answered by what was read after them, and the skew is told.
Takes about two minutes.
"""

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import requests
from fakes.chatgpt import Account, FakeChatGPT, usage
from fakes.proxy import Proxy
from hosts import pinned_codex
from programs import Collector, Host, serve_collector
from verdict import finish, say

SHIFTED_CLOCK = Path(__file__).resolve().parent / "shifted_clock"
HOUR, DAY = 3600, 86_400
YEARS = 10 * 365 * DAY
# By how much the clock is ahead, from wish to wish and from push to push.
WISHES = ((-YEARS, -YEARS), (3 * DAY, 3 * DAY), (0, -HOUR), (3 * DAY, -YEARS), (-YEARS, 3 * DAY, 0))
PUSHES = (0, 3 * DAY, -YEARS, HOUR, -HOUR, -YEARS, 0)
# Two probes of an account are so far apart, whatever is wished.
BETWEEN_PROBES_SECONDS = 31
TOLERANCE_SECONDS = 60


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        FakeChatGPT() as upstream,
        serve_collector(Path(folder) / "collector") as collector,
        ThreadPoolExecutor() as threads,
    ):
        trials = Trials(Path(folder), upstream, collector, pinned_codex())
        running = [threads.submit(trials.set_between_wishes, offsets) for offsets in WISHES]
        running += [threads.submit(trials.set_between_pushes, PUSHES), threads.submit(trials.set_before_the_network)]
        wrong = [sentence for trial in running for sentence in trial.result()]
    verdict = {"fault": "wrong clocks", "trials": len(running), "readings": trials.readings, "wrong": wrong}
    finish(verdict | {"ok": not wrong})


class ClockedHost(Host):
    """With one account, called like the host, and a clock that can be set."""

    login: Account

    def set_clock(self, seconds_ahead: float) -> None:
        self.environment = {"PYTHONPATH": str(SHIFTED_CLOCK), "CLOCK_OFFSET_FILE": str(self.folder / "offset")}
        # In one step: the agent may be looking at it.
        draft = self.folder / "offset.new"
        draft.write_text(str(seconds_ahead))
        draft.replace(self.folder / "offset")

    def set_usage(self, percent: int) -> None:
        self.login.usage = usage(five_hour=percent)

    def batches(self) -> int:
        return len(list((self.folder / "data/hostagent/spool").glob("*.batch")))


class Trials:
    """Each has a host of its own and returns what was wrong, in sentences."""

    def __init__(self, folder: Path, upstream: FakeChatGPT, collector: Collector, codex: Path) -> None:
        self._folder = folder
        self._upstream = upstream
        self._collector = collector
        self._codex = codex
        self._headers = {"Authorization": f"Bearer {collector.token('--kind', 'admin')}"}
        self.readings = 0

    def set_between_wishes(self, offsets: Sequence[float]) -> list[str]:
        """One agent answers a wish, and another one each time its clock was set."""
        host = self._make_host(f"wishes{offsets}", self._collector.url, manual_refresh=True)
        host.set_clock(offsets[0])
        wrong = []
        with running(host):
            self._wait_for(lambda: self._is_registered(host))
            for number, offset in enumerate(offsets, start=1):
                time.sleep(BETWEEN_PROBES_SECONDS if number > 1 else 0)
                host.set_clock(offset)
                host.set_usage(number)
                wrong += self._wish(host) + self._look(host, number, offset)
        return wrong

    def set_between_pushes(self, offsets: Sequence[float]) -> list[str]:
        """Each push has another clock."""
        host, wrong = self._make_host(f"pushes{offsets}", self._collector.url), []
        for number, offset in enumerate(offsets, start=1):
            host.set_clock(offset)
            host.set_usage(number)
            done = host.run("push")
            wrong += [f"{host.folder.name}: push says {done.stderr}"] if done.returncode else []
            wrong += self._look(host, number, offset)
        return wrong

    def set_before_the_network(self) -> list[str]:
        """As without a battery: the machine starts in another year, and its clock is right before it has a network."""
        with Proxy(self._collector.url) as proxy:
            host = self._make_host("set-before-the-network", proxy.url)
            host.run("register")
            proxy.unplug()
            host.set_clock(-YEARS)
            host.set_usage(1)
            with running(host):
                self._wait_for(lambda: host.batches() == 1)
                host.set_clock(0)
                host.set_usage(2)
                self._wait_for(lambda: host.batches() == 2)
                proxy.plug_in()
                self._wait_for(lambda: host.batches() == 0)
            return self._look(host, 2, 0)

    def _make_host(self, name: str, url: str, **settings: Any) -> ClockedHost:
        folder = self._folder / re.sub("[^0-9a-z]+", "-", name).strip("-")
        folder.mkdir()
        host = ClockedHost(folder, self._upstream, self._codex)
        host.settings = {"host": folder.name, "poll_interval_sec": 30}
        host.join(self._collector)
        host.settings |= {"collector_url": url, **settings}
        host.login = self._upstream.add_account(folder.name)
        host.add_account(folder.name, host.login)
        return host

    def _is_registered(self, host: ClockedHost) -> bool:
        return host.folder.name in self._collector.latest()

    def _wish(self, host: ClockedHost) -> list[str]:
        name = host.folder.name
        body = {"accounts": [{"host": name, "account_label": name}]}
        url = f"{self._collector.url}/refresh?wait=30"
        [answer] = requests.post(url, json=body, headers=self._headers, timeout=60).json()["results"]
        return [] if answer["status"] == "answered" else [f"{name}: a wish became {answer}"]

    def _look(self, host: ClockedHost, number: int, offset: float) -> list[str]:
        """The account has been read so often: used % of 1 first, of `number` last."""
        self.readings += 1
        name = host.folder.name
        item = self._collector.latest()[name]
        history = [used(event) for event in self._collector.get(f"/events/{name}")["items"]]
        [report] = [report for report in self._collector.get("/hosts")["items"] if report["host"] == name]
        age = (datetime.now(UTC) - datetime.fromisoformat(item["observed_at"])).total_seconds()
        found = {
            f"shows {used(item)} %, not {number} %": used(item) != number,
            f"is {item['state']}": item["state"] != "ok",
            f"has the history {history}": history != list(range(number, 0, -1)),
            f"was read {age} s ago": abs(age) > TOLERANCE_SECONDS,
            f"has a skew of {report['clock_skew_sec']}": abs(report["clock_skew_sec"] + offset) > TOLERANCE_SECONDS,
            f"dropped {report['dropped']}": report["dropped"] > 0,
        }
        say(f"{name}: reading {number} with a clock {offset} s ahead")
        return [f"{name} {sentence}" for sentence, is_wrong in found.items() if is_wrong]

    def _wait_for(self, is_true: Callable[[], bool]) -> None:
        gives_up_at = time.monotonic() + 90
        while not is_true() and time.monotonic() < gives_up_at:
            time.sleep(0.2)


def used(reading: dict[str, Any]) -> int | None:
    return reading["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] if reading["parsed"] else None


@contextmanager
def running(host: Host) -> Iterator[None]:
    agent = host.start("run")
    try:
        yield
    finally:
        agent.terminate()
        agent.communicate(timeout=60)


if __name__ == "__main__":
    main()
