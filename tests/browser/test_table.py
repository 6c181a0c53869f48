"""The table of accounts, in real Chromium, from a real collector."""

import re
import time

import pytest
from pages import account, choose_language, pretend
from playwright.sync_api import expect

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


@pytest.fixture
def fleet(standing_fleet):
    """These tests leave it as it was."""
    return standing_fleet


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


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_cut_off_at_any_width(signed_in, width):
    signed_in.set_viewport_size({"width": width, "height": 800})

    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width


def test_scripts_in_names_are_only_text(signed_in, fleet):
    payload = '<img src=x onerror="document.title=1">'
    window = {"source": payload[:90], "usedPercent": 1, "leftPercent": 99}
    normalized = {"provider": "codex", "account_email": payload, "rate_planType": payload, "windows": {"5h": window}}

    fleet.push(pretend("acc1"), parsed={"normalized": normalized})

    expect(account(signed_in, "acc1").get_by_test_id("email")).to_have_text(payload)
    assert signed_in.title() != "1"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_silent_host_is_said_at_each_of_its_accounts(signed_in, language):
    choose_language(signed_in, language)

    for label in ("travel", "spare"):
        said = account(signed_in, label).get_by_test_id("silent")
        expect(said).to_contain_text(re.compile(r"3 ?[d日]"))
        expect(said).to_have_attribute("title", re.compile(r"\d{4}"))
    expect(account(signed_in, "acc4").get_by_test_id("silent")).to_have_count(0)


def test_a_login_that_sits_on_two_hosts_is_said_at_both(signed_in, fleet):
    both = {"account_email": "travel@example.com", "account_id": pretend("travel").account_id}

    fleet.push(pretend("acc1"), parsed={"normalized": {"provider": "codex", **both, "windows": {}}})

    expect(account(signed_in, "acc1").get_by_test_id("also-at")).to_have_text("also on old-laptop: travel")
    expect(account(signed_in, "travel").get_by_test_id("also-at")).to_have_text("also on workstation: acc1")
