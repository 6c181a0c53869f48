#!/usr/bin/env python3
"""What the page costs with 200 accounts: until they are seen, for a live update of 20, in memory, and to fetch.

Type: .venv/bin/python scripts/bench/page.py
A real collector and Chromium on this machine. Milliseconds are those of one run and hold for no other machine; memory
and bytes have goals. The collector does not compress, a proxy in front may: bytes are what `gzip -6` makes of each
file. Takes about ten minutes.
"""

import gzip
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from chromium import run_chromium
from figures import spread
from large_fleet import ALL, LargeAccount, LargeFleet, serve_large_fleet
from playwright.sync_api import Browser, Page, Response
from verdict import finish, say

LOADS, TIMED_UPDATES, TOUCHED = 7, 21, 20
FEW_UPDATES, MANY_UPDATES = 100, 1000
MOST_GROWTH = 1.1
MOST_COLD_BYTES = 120_000
# What the page is told of the accounts is no part of it.
_DATA = ("/latest", "/session")

# When all rows have been drawn, and when the last answer with news has.
_WATCH = """
    window.drawn = new Promise((tell) => {
        const draw = () => requestAnimationFrame(() => requestAnimationFrame(() => tell(performance.now())));
        const areThere = () => document.querySelectorAll("tr.account").length >= ROWS;
        const look = () => (areThere() ? draw() : requestAnimationFrame(look));
        look();
    });
""".replace("ROWS", str(len(ALL)))
_AWAIT_UPDATE = """async ([key, text]) => {
    const bar = document.querySelector(`[data-key="${key}"] [data-testid="window-5h"]`);
    if (!bar.textContent.includes(text)) await new Promise((seen) => {
        const watch = new MutationObserver(() => bar.textContent.includes(text) && (watch.disconnect(), seen()));
        watch.observe(bar, { subtree: true, childList: true, characterData: true });
    });
    await new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)));
    const answers = performance.getEntriesByType("resource").filter(({ name }) => name.includes("since="));
    const answeredAt = answers.at(-1).responseEnd;
    performance.clearResourceTimings();
    return { drawnAt: performance.timeOrigin + performance.now(), milliseconds: performance.now() - answeredAt };
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serve_large_fleet(Path(folder)) as fleet, run_chromium() as browser:
        loads = [load_time(browser, fleet) for _ in range(LOADS)]
        say(f"seen after {loads} ms")
        updates = update_times(open_page(browser, fleet), fleet, TIMED_UPDATES)
        say(f"updates: {updates}")
        heaps = heap_after(open_page(browser, fleet), fleet, (FEW_UPDATES, MANY_UPDATES))
        sizes = cold_load(browser, fleet)
    finish(verdict(loads, updates, heaps, sizes))


def verdict(
    loads: list[float], updates: list[dict[str, float]], heaps: list[int], sizes: dict[str, int]
) -> dict[str, Any]:
    growth, cold_bytes = heaps[1] / heaps[0], sum(sizes.values())
    return {
        "bench": "page",
        "rows": len(ALL),
        "first_paint_ms": spread(loads, 1),
        "touched": TOUCHED,
        "update_ms": spread([each["in_page"] for each in updates], 1),
        "push_to_paint_ms": spread([each["whole"] for each in updates], 1),
        f"heap_mb_after_{FEW_UPDATES}_and_{MANY_UPDATES}": [round(heap / 1e6, 2) for heap in heaps],
        "heap_growth": round(growth, 3),
        "cold_files": len(sizes),
        "cold_gzip_bytes": cold_bytes,
        "ok": growth <= MOST_GROWTH and cold_bytes <= MOST_COLD_BYTES,
    }


def open_page(browser: Browser, fleet: LargeFleet) -> Page:
    """The list, in a browser that knows nothing yet."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(_WATCH)
    page.goto(fleet.sign_in_link())
    page.wait_for_url(f"{fleet.collector.url}/")
    page.evaluate("window.drawn")
    return page


def load_time(browser: Browser, fleet: LargeFleet) -> float:
    """Milliseconds from asking for the page until all rows are drawn, by somebody who has been here before."""
    page = open_page(browser, fleet)
    page.reload()
    milliseconds: float = page.evaluate("window.drawn")
    page.context.close()
    return milliseconds


def update_times(page: Page, fleet: LargeFleet, rounds: int) -> list[dict[str, float]]:
    """Of each round the milliseconds from the answer, and from the push, until the rows are drawn anew."""
    return [update_once(page, fleet, number) for number in range(rounds)]


def update_once(page: Page, fleet: LargeFleet, number: int) -> dict[str, float]:
    chosen, used_percent = touched(), 10 + number % 80
    started_at = time.time() * 1000
    fleet.push(chosen, used_percent)
    key = f"{chosen[-1].host}/{chosen[-1].label}"
    seen = page.evaluate(_AWAIT_UPDATE, [key, f"{100 - used_percent}%"])
    return {"in_page": seen["milliseconds"], "whole": seen["drawnAt"] - started_at}


def touched() -> list[LargeAccount]:
    """Twenty of one host, of which each shows both windows."""
    told = [account for account in ALL if account.host == "workstation"]
    return [account for account in told if account.kind not in {"claude", "disabled", "weekly_only"}][:TOUCHED]


def heap_after(page: Page, fleet: LargeFleet, counts: tuple[int, ...]) -> list[int]:
    """Bytes of JavaScript that are in use after so many updates, with what is no longer needed thrown away."""
    debugger = page.context.new_cdp_session(page)
    heaps = []
    for number in range(1, counts[-1] + 1):
        update_once(page, fleet, number)
        if number in counts:
            debugger.send("HeapProfiler.collectGarbage")
            heaps.append(int(debugger.send("Runtime.getHeapUsage")["usedSize"]))
            say(f"{heaps[-1]} bytes after {number} updates")
    return heaps


def cold_load(browser: Browser, fleet: LargeFleet) -> dict[str, int]:
    """What a browser that has nothing fetches for the list: the bytes of each file after `gzip -6`, by its path."""
    page = open_page(browser, fleet)
    session = page.context.storage_state()
    page.context.close()
    context = browser.new_context(storage_state=session)
    page, files = context.new_page(), dict[str, Response]()
    page.on("response", lambda answer: files.update({urlsplit(answer.url).path: answer}))
    page.goto(fleet.collector.url)
    page.get_by_test_id("account").nth(len(ALL) - 1).wait_for()
    sizes = {path: len(gzip.compress(file.body(), 6)) for path, file in files.items() if path not in _DATA}
    context.close()
    return sizes


if __name__ == "__main__":
    main()
