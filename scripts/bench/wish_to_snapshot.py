#!/usr/bin/env python3
"""How long a wish takes: from POST /refresh to the stored snapshot and to the changed row, against a bare codex probe.

The real codex, a real collector, a real `hostagent run` that waits, a real Chromium; the provider is a fake on
loopback. Ten accounts, each measured once both ways, in turn. Prints one JSON line; ends by itself within minutes.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import requests
from fakes.chatgpt import FakeChatGPT, usage
from playwright.sync_api import Page, sync_playwright
from programs import Collector, Host, serve_collector

from hostagent.app_server import read_rate_limits
from hostagent.codex_home import codex_command
from hostagent.codex_program import find_codex
from hostagent.config import Config, read_config
from hostagent.home_lock import locked_home
from hostagent.process import stop_on_signals

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = 10
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# Runs in the page: notes when the row of an account shows a number.
WATCH = """([label, text]) => {
  window.seenAt = null;
  const look = () => {
    const row = document.querySelector(`[data-testid="account"][data-label="${label}"]`);
    if (row?.textContent.includes(text)) window.seenAt = Date.now();
    else requestAnimationFrame(look);
  };
  look();
}"""


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    with FakeChatGPT() as upstream, serve_collector(folder / "collector") as collector:
        host = make_host(folder, upstream, collector)
        host.write_files()
        config, _ = read_config(host.folder / "hostagent.yaml")
        for number in range(ACCOUNTS):
            bare_probe(host.home(f"acc{number}"), config)  # the first probe of a home fills its caches
        agent = host.start("run")
        try:
            print(json.dumps(measure(host, config, collector)))
        finally:
            agent.terminate()
            agent.communicate(timeout=60)
    shutil.rmtree(folder)


def make_host(folder: Path, upstream: FakeChatGPT, collector: Collector) -> Host:
    (folder / "host").mkdir()
    host = Host(folder / "host", upstream, find_codex(str(ROOT / ".venv/bin/codex")))
    host.settings = {"manual_refresh": True}
    for number in range(ACCOUNTS):
        host.add_account(f"acc{number}", upstream.add_account(f"A{number}", usage=usage(five_hour=10 + number)))
    host.join(collector)
    return host


def measure(host: Host, config: Config, collector: Collector) -> dict[str, Any]:
    admin = requests.Session()
    admin.headers["Authorization"] = f"Bearer {collector.token('--kind', 'admin')}"
    while len(admin.get(f"{collector.url}/latest", timeout=10).json()["items"]) < ACCOUNTS:
        time.sleep(0.1)
    bare, wished, shown = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        page = browser.new_page(bypass_csp=True)  # for wait_for_function
        page.goto(collector.run("signin-link", "--url", collector.url))
        page.get_by_test_id("account").nth(ACCOUNTS - 1).wait_for()
        for number in range(ACCOUNTS):
            bare.append(bare_probe(host.home(f"acc{number}"), config))
            wish_seconds, row_seconds = wish(admin, collector.url, page, number)
            wished.append(wish_seconds)
            shown.append(row_seconds)
        browser.close()
    return {
        "bare_probe_ms": describe(bare),
        "wish_to_stored_ms": describe(wished),
        "stored_to_row_ms": describe(shown),
        "ratio_of_medians": round(statistics.median(wished) / statistics.median(bare), 2),
        "ratio_of_worst": round(max(wished) / max(bare), 2),
    }


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


def wish(admin: requests.Session, url: str, page: Page, number: int) -> tuple[float, float]:
    """Seconds to the stored snapshot, and from there to the row (negative when the page was told first)."""
    page.evaluate(WATCH, [f"acc{number}", f"{90 - number}%"])
    started_at = time.time()
    body = {"accounts": [{"host": "mac-mini", "account_label": f"acc{number}"}]}
    answer = admin.post(f"{url}/refresh?wait=30", json=body, timeout=60).json()
    stored_at = time.time()
    if answer["results"][0]["status"] != "answered":
        raise SystemExit(f"the wish was not answered: {answer}")
    page.wait_for_function("window.seenAt !== null", timeout=30_000)
    return stored_at - started_at, page.evaluate("window.seenAt") / 1000 - stored_at


def describe(seconds: list[float]) -> dict[str, int]:
    return {
        "median": round(statistics.median(seconds) * 1000),
        "worst": round(max(seconds) * 1000),
        "best": round(min(seconds) * 1000),
    }


if __name__ == "__main__":
    main()
