"""Which Chromium is started, and how: by the tests' fixtures and by scripts that open the page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright, sync_playwright

_FLAGS = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
_FLAGS += ("--disable-sync",)


def launch_options(playwright: Playwright) -> dict[str, Any] | None:
    """The system's Chromium, else Playwright's own; as root it runs without its sandbox. None: there is neither."""
    system_chromium = shutil.which("chromium")
    if not system_chromium and not Path(playwright.chromium.executable_path).exists():
        return None
    return {"executable_path": system_chromium, "args": [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]}


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """For a script."""
    with sync_playwright() as playwright:
        options = launch_options(playwright)
        if options is None:
            raise SystemExit("Chromium is missing; type: scripts/setup.sh --dev")
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()
