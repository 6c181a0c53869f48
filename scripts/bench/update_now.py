#!/usr/bin/env python3
"""How long Update takes for one account: from the click to the changed row, against a bare codex probe.

Type: .venv/bin/python scripts/bench/update_now.py
The real codex, a real collector, a real `hostagent run` that waits, a real Chromium; the provider is a fake on
loopback. Ten accounts, each measured once both ways, in turn. Takes about a minute.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from chromium import run_chromium
from fakes.chatgpt import FakeChatGPT, usage
from figures import spread
from playwright.sync_api import Page
from programs import Collector, Host, serve_collector
from verdict import finish, say

from hostagent.app_server import read_rate_limits
from hostagent.codex_home import codex_command
from hostagent.codex_program import find_codex
from hostagent.config import Config, read_config
from hostagent.home_lock import locked_home
from hostagent.process import stop_on_signals

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = 10
MOST_RATIO, MOST_MORE_MS = 1.5, 150
# Runs in the page: milliseconds from the click until the row of the account has been drawn with the new number.
CLICK = """([label, text]) => new Promise((seen) => {
  const row = document.querySelector(`[data-testid="account"][data-label="${label}"]`);
  const clickedAt = performance.now();
  const isDrawn = () => row.textContent.includes(text);
  const look = () => (isDrawn() ? seen(performance.now() - clickedAt) : requestAnimationFrame(look));
  row.querySelector('[data-testid="update-account"]').click();
  look();
})"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        FakeChatGPT() as upstream,
        serve_collector(Path(name) / "collector") as collector,
    ):
        host = make_host(Path(name) / "host", upstream, collector)
        host.write_files()
        config, _ = read_config(host.folder / "hostagent.yaml")
        for number in range(ACCOUNTS):
            bare_probe(host.home(f"acc{number}"), config)  # the first probe of a home fills its caches
        agent = host.start("run")
        try:
            bare, clicked = measure(host, config, collector)
        finally:
            agent.terminate()
            agent.communicate(timeout=60)
    goal = MOST_RATIO * statistics.median(bare) + MOST_MORE_MS
    verdict: dict[str, Any] = {
        "bench": "update now",
        "bare_probe_ms": spread(bare, 0),
        "click_to_row_ms": spread(clicked, 0),
    }
    verdict |= {"goal_ms": round(goal), "of_goal": round(statistics.median(clicked) / goal, 3)}
    finish(verdict | {"ok": verdict["of_goal"] <= 1})


def make_host(folder: Path, upstream: FakeChatGPT, collector: Collector) -> Host:
    folder.mkdir()
    host = Host(folder, upstream, find_codex(str(ROOT / ".venv/bin/codex")))
    host.settings = {"manual_refresh": True}
    for number in range(ACCOUNTS):
        host.add_account(f"acc{number}", upstream.add_account(f"A{number}", usage=usage(five_hour=10 + number)))
    host.join(collector)
    return host


def measure(host: Host, config: Config, collector: Collector) -> tuple[list[float], list[float]]:
    """Milliseconds of each account: asked plainly, and by a click."""
    bare, clicked = [], []
    with run_chromium() as browser:
        page = browser.new_page()
        page.goto(collector.run("signin-link", "--url", collector.url))
        page.get_by_test_id("account").nth(ACCOUNTS - 1).wait_for()
        for number in range(ACCOUNTS):
            bare.append(1000 * bare_probe(host.home(f"acc{number}"), config))
            clicked.append(click(page, number))
            say(f"acc{number}: {bare[-1]:.0f} ms plainly, {clicked[-1]:.0f} ms by a click")
    return bare, clicked


def click(page: Page, number: int) -> float:
    milliseconds: Any = page.evaluate(CLICK, [f"acc{number}", f"{90 - number}%"])
    return float(milliseconds)


def bare_probe(home: Path, config: Config) -> float:
    """Seconds until codex has answered, asked as plainly as it can be."""
    with stop_on_signals() as stop:
        started_at = time.monotonic()
        with locked_home(home, stop, 10) as lock:
            command = codex_command(find_codex(config.codex_bin), home, config, "app-server")
            replies = read_rate_limits(command, lock, stop)
        seconds = time.monotonic() - started_at
    if replies.rate_limits is None or "result" not in replies.rate_limits:
        raise SystemExit(f"the bare probe failed: {replies}")
    return seconds


if __name__ == "__main__":
    main()
