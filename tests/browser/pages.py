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


def watch_rows(page: Page) -> None:
    """From now on it is noted which rows of the list are drawn anew."""
    page.evaluate(
        """() => {
            window.touched = new Set();
            const watch = new MutationObserver((records) => {
                for (const { target } of records) {
                    const node = target.nodeType === 1 ? target : target.parentElement;
                    if (node?.isConnected) window.touched.add(node.closest("tr.account")?.dataset.key ?? "outside");
                }
            });
            const body = document.querySelector('[data-testid="accounts"]');
            watch.observe(body, { subtree: true, childList: true, attributes: true, characterData: true });
        }"""
    )


def touched_rows(page: Page) -> set[str]:
    """Their keys."""
    return set(page.evaluate("[...window.touched]"))


# Every address of the page, for somebody who is signed in as an admin; `{host}` and `{label}` are those of an account.
ADDRESSES = {
    "list": "/",
    "account": "/fleet/accounts/{host}/{label}",
    "hosts": "/fleet/hosts",
    "add": "/fleet/add",
    "admin": "/fleet/admin",
}
# What is there once the room is: what is waited for before anything is looked at.
ARRIVED = {"list": "accounts", "account": "account-room", "hosts": "hosts", "add": "add", "admin": "token"}


def open_room(page: Page, url: str, room: str, **names: str) -> None:
    page.goto(url + ADDRESSES[room].format(**names))
    page.get_by_test_id(ARRIVED[room]).first.wait_for()
