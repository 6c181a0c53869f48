"""The table of accounts, in real Chromium, from a real collector."""

import json
import re
import time
from pathlib import Path

import pytest
from demo_fleet import ACCOUNTS
from playwright.sync_api import Locator, Page, expect

STATIC = Path(__file__).parents[2] / "collector/static"
STATES = {
    "acc_hana_example.com": "ok",
    "acc_kenji_example.com": "ok",
    "team-docs": "ok",
    "side-project": "ok",
    "acc1": "ok",
    "acc2": "ok",
    "acc3": "login_required",
    "acc4": "login_required",
    "acc5": "wrong_account",
    "acc6": "error",
    "acc7": "disabled",
    "claude_main": "pending",
    "travel": "stale",
    "spare": "pending",
}


def account(page: Page, label: str) -> Locator:
    return page.locator(f'[data-testid="account"][data-label="{label}"]')


def pretend(label: str):
    return next(account for account in ACCOUNTS if account.label == label)


def choose_language(page: Page, language: str) -> dict[str, str]:
    page.evaluate("language => localStorage.setItem('csf.language', language)", language)
    page.reload()
    page.get_by_test_id("accounts").wait_for()
    return json.loads((STATIC / f"i18n/{language}.json").read_text())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_account_shows_its_state_in_words(signed_in, language):
    words = choose_language(signed_in, language)

    for label, state in STATES.items():
        row = account(signed_in, label)
        expect(row).to_have_attribute("data-state", state)
        if state != "ok":
            expect(row.get_by_test_id("state")).to_contain_text(words[f"state.{state}"])


def test_a_dead_login_names_the_command_to_type(signed_in):
    row = account(signed_in, "acc3")

    expect(row.get_by_test_id("command")).to_have_text("hostagent login acc3")


def test_a_window_shows_what_is_left_and_when_it_resets(signed_in):
    used = pretend("acc1").windows[0].used(time.time())
    bar = account(signed_in, "acc1").get_by_test_id("window-5h")

    expect(bar).to_contain_text(f"{100 - used}%")
    expect(bar.get_by_role("meter")).to_have_attribute("aria-valuetext", re.compile(r"% left, resets in"))


def test_a_window_that_a_plan_does_not_have_is_not_zero(signed_in):
    expect(account(signed_in, "acc2").get_by_test_id("window-5h")).to_have_text("–")


def test_a_used_up_week_is_used_up_whatever_the_other_window_says(signed_in):
    expect(account(signed_in, "acc2")).to_have_attribute("data-usable", "false")
    expect(account(signed_in, "team-docs")).to_have_attribute("data-usable", "false")


def test_old_numbers_never_look_fresh(signed_in):
    for label in ("travel", "acc3", "acc6"):
        expect(account(signed_in, label)).to_have_attribute("data-current", "false")


def test_a_changed_number_appears_by_itself_and_nothing_moves(signed_in, fleet):
    signed_in.set_viewport_size({"width": 1280, "height": 400})
    row = account(signed_in, "acc1")
    signed_in.evaluate("window.scrollTo(0, 200)")
    signed_in.get_by_test_id("privacy").focus()
    marker = row.evaluate_handle("node => node")
    before = signed_in.evaluate("[scrollY, document.activeElement.dataset.testid]")
    window = {"source": "primary", "usedPercent": 3, "leftPercent": 97, "windowDurationMins": 300}
    normalized = {"provider": "codex", "account_email": "ml@example.com", "windows": {"5h": window}}

    fleet.push(pretend("acc1"), parsed={"normalized": normalized})

    expect(row.get_by_test_id("window-5h")).to_contain_text("97%", timeout=15_000)
    assert signed_in.evaluate("[scrollY, document.activeElement.dataset.testid]") == before
    assert row.evaluate("(node, marker) => node === marker", marker)


def test_the_privacy_switch_hides_emails_and_labels_made_from_them(signed_in):
    signed_in.get_by_test_id("privacy").click()

    text = signed_in.locator("body").inner_text()
    assert "hana" not in text
    assert "example.com" not in text
    assert "acc1" in text
    signed_in.reload()
    signed_in.get_by_test_id("accounts").wait_for()
    assert "hana" not in signed_in.locator("body").inner_text()


def test_the_page_says_that_it_is_a_demo(signed_in):
    expect(signed_in.get_by_test_id("demo")).to_be_visible()


def test_a_lost_connection_is_said_and_the_numbers_stay(signed_in, expect_complaint):
    expect_complaint("Failed to load resource")
    signed_in.context.set_offline(True)

    expect(signed_in.get_by_test_id("connection")).not_to_be_empty(timeout=30_000)
    expect(account(signed_in, "acc1")).to_be_visible()
    signed_in.context.set_offline(False)
    expect(signed_in.get_by_test_id("connection")).to_be_empty(timeout=30_000)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_cut_off_at_any_width(signed_in, width):
    signed_in.set_viewport_size({"width": width, "height": 800})

    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width


def test_scripts_in_names_are_only_text(signed_in, fleet):
    payload = '<img src=x onerror="document.title=1">'
    window = {"source": payload[:90], "usedPercent": 1, "leftPercent": 99}
    normalized = {"provider": "codex", "account_email": payload, "rate_planType": payload, "windows": {"5h": window}}

    fleet.push(pretend("acc1"), parsed={"normalized": normalized})

    expect(account(signed_in, "acc1").get_by_test_id("email")).to_have_text(payload, timeout=15_000)
    assert signed_in.title() != "1"
