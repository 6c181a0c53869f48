"""What the tests of the page find on it."""

import json
from pathlib import Path
from typing import Any

from demo_fleet import ACCOUNTS, PretendAccount
from playwright.sync_api import Locator, Page

STATIC = Path(__file__).parents[2] / "collector/static"


def account(page: Page, label: str) -> Locator:
    return page.locator(f'[data-testid="account"][data-label="{label}"]')


def pretend(label: str) -> PretendAccount:
    return next(account for account in ACCOUNTS if account.label == label)


def choose_language(page: Page, language: str, awaited: str = "accounts") -> dict[str, str]:
    """The catalogue of the language that the page speaks from now on; `awaited`: what is there once it does."""
    page.evaluate("language => localStorage.setItem('csf.language', language)", language)
    page.reload()
    page.get_by_test_id(awaited).wait_for()
    return json.loads((STATIC / f"i18n/{language}.json").read_text())


def show_tab(page: Page, is_shown: bool) -> None:
    """As if somebody went to another tab, or came back: Chromium without a screen never hides one."""
    page.evaluate(
        """isShown => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => !isShown });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_shown,
    )


def five_hours(used_percent: int) -> dict[str, Any]:
    """A reading of acc1 that has so much of its five hours used, as a member of an item."""
    window = {"source": "primary", "usedPercent": used_percent, "leftPercent": 100 - used_percent}
    window["windowDurationMins"] = 300
    return {"normalized": {"provider": "codex", "account_email": "ml@example.com", "windows": {"5h": window}}}
