"""Update now: a button asks for a fresh reading, and the page tells how that goes. The test plays the hosts' agents."""

from typing import Any

import pytest
from demo_fleet import ACCOUNTS
from pages import account, choose_language, five_hours, pretend
from playwright.sync_api import Locator, Page, expect

SHOWN = {"en": "updated", "ja": "更新しました"}


@pytest.fixture
def fleet(rested_fleet):
    """What was read a moment ago would be answered with that."""
    return rested_fleet


def press(page: Page, label: str) -> None:
    account(page, label).get_by_test_id("update-account").click()


def progress(page: Page, label: str) -> Locator:
    return account(page, label).get_by_test_id("progress")


def expect_phase(page: Page, label: str, phase: str, **options: Any) -> None:
    expect(progress(page, label)).to_have_attribute("data-phase", phase, **options)


def fetch_wishes(fleet: Any, host: str, after: int = 0) -> dict[str, int]:
    """What the host's agent is to read, as it asks: the cursor by the account's label."""
    answer = fleet.send(host, "GET", f"/refresh/queue?after={after}&wait=10")
    return {wish["account_label"]: wish["cursor"] for wish in answer["refreshes"]}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_one_account_is_waited_for_then_read_then_done(signed_in, fleet, language):
    words = choose_language(signed_in, language)
    press(signed_in, "acc1")
    expect_phase(signed_in, "acc1", "queued")
    expect(progress(signed_in, "acc1")).to_have_text(words["progress.queued"].replace("{host}", "workstation"))
    button = account(signed_in, "acc1").get_by_test_id("update-account")
    expect(button).to_have_attribute("aria-disabled", "true")

    wishes = fetch_wishes(fleet, "workstation")
    assert list(wishes) == ["acc1"]
    expect_phase(signed_in, "acc1", "seen")
    expect(progress(signed_in, "acc1")).to_have_text(words["progress.seen"])

    fleet.push(pretend("acc1"), refresh_cursor=wishes["acc1"], parsed=five_hours(3))
    expect_phase(signed_in, "acc1", "done")
    expect(progress(signed_in, "acc1")).to_have_text(SHOWN[language])
    expect(account(signed_in, "acc1").get_by_test_id("window-5h")).to_contain_text("97%")
    expect(button).to_have_attribute("aria-disabled", "false")
    expect(progress(signed_in, "acc1")).to_have_count(0, timeout=6_000)


def test_a_host_s_button_asks_for_its_accounts_and_no_others(signed_in, fleet):
    signed_in.get_by_role("button", name="Update mac-mini", exact=True).click()
    expect_phase(signed_in, "team-docs", "queued")
    expect(progress(signed_in, "acc1")).to_have_count(0)

    wishes = fetch_wishes(fleet, "mac-mini")
    assert set(wishes) == {account.label for account in ACCOUNTS if account.host == "mac-mini"}
    for label, cursor in wishes.items():
        fleet.push(pretend(label), refresh_cursor=cursor)

    for label in wishes:
        expect_phase(signed_in, label, "done")
    expect(signed_in.get_by_test_id("notice")).to_contain_text("4 read")


def test_update_all_ends_although_a_host_is_silent(signed_in, fleet):
    button = signed_in.get_by_test_id("update-all")
    button.click()
    expect(signed_in.get_by_test_id("notice")).to_contain_text("13 accounts")
    expect(button).to_have_attribute("aria-disabled", "true")

    for host in ("mac-mini", "workstation"):
        for label, cursor in fetch_wishes(fleet, host).items():
            fleet.push(pretend(label), refresh_cursor=cursor)

    expect(signed_in.get_by_test_id("notice")).to_contain_text("11 read, 2 waiting for a silent host")
    expect(button).to_have_attribute("aria-disabled", "false")
    expect_phase(signed_in, "travel", "silent")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_silent_host_is_said_at_once(signed_in, fleet, language):
    words = choose_language(signed_in, language)
    press(signed_in, "travel")

    expect_phase(signed_in, "travel", "silent", timeout=1_000)
    expect(progress(signed_in, "travel")).to_have_text(words["progress.silent"].replace("{host}", "old-laptop"))
    turning = account(signed_in, "travel").locator(".turning")
    expect(turning).to_have_count(0)

    cursor = fetch_wishes(fleet, "old-laptop")["travel"]
    fleet.push(pretend("travel"), refresh_cursor=cursor)
    expect_phase(signed_in, "travel", "done")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_disabled_account_is_refused_with_the_reason(signed_in, language):
    words = choose_language(signed_in, language)
    press(signed_in, "acc7")

    expect_phase(signed_in, "acc7", "refused")
    expect(progress(signed_in, "acc7")).to_contain_text(words["refused.disabled"])
    expect(account(signed_in, "acc7").get_by_test_id("update-account")).to_have_attribute("aria-disabled", "false")


def test_a_reading_that_fails_ends_the_wait_too(signed_in, fleet):
    press(signed_in, "acc6")
    expect_phase(signed_in, "acc6", "queued")

    fleet.push(pretend("acc6"), refresh_cursor=fetch_wishes(fleet, "workstation")["acc6"])

    expect_phase(signed_in, "acc6", "failed")


def test_several_wishes_at_once_are_each_followed(signed_in, fleet):
    press(signed_in, "acc1")
    press(signed_in, "team-docs")
    expect_phase(signed_in, "acc1", "queued")
    expect_phase(signed_in, "team-docs", "queued")

    for host, label in (("mac-mini", "team-docs"), ("workstation", "acc1")):
        fleet.push(pretend(label), refresh_cursor=fetch_wishes(fleet, host)[label])
        expect_phase(signed_in, label, "done")


def test_a_wish_that_nobody_fulfils_in_time_ends(page, signed_in):
    press(page, "acc1")
    expect_phase(page, "acc1", "queued")

    result = {"host": "workstation", "account_label": "acc1", "status": "expired", "code": None}
    page.route("**/refresh?id=*", lambda route: route.fulfill(json={"refresh_id": "", "results": [result]}))
    press(page, "acc7")

    expect_phase(page, "acc1", "expired")
    expect(progress(page, "acc1")).to_have_text("workstation did not read it in time")


def test_a_wish_that_the_collector_forgot_ends(page, signed_in, expect_complaint):
    expect_complaint("404")
    press(page, "acc1")
    expect_phase(page, "acc1", "queued")

    page.route("**/refresh?id=*", lambda route: route.fulfill(status=404, json={"code": "unknown_refresh"}))
    press(page, "acc7")

    expect_phase(page, "acc1", "expired")


def test_a_collector_that_does_not_take_the_wish_is_said(page, signed_in, expect_complaint):
    expect_complaint("Failed to load resource")
    page.route("**/refresh", lambda route: route.abort())

    press(page, "acc1")

    expect(page.get_by_test_id("notice")).to_contain_text("could not be asked")
    expect(account(page, "acc1").get_by_test_id("update-account")).to_have_attribute("aria-disabled", "false")


def test_the_keyboard_keeps_its_place(signed_in):
    button = account(signed_in, "acc1").get_by_test_id("update-account")
    button.focus()
    signed_in.keyboard.press("Enter")

    expect_phase(signed_in, "acc1", "queued")
    expect(button).to_be_focused()


def test_a_reader_who_may_only_look_sees_no_buttons(page, fleet):
    page.goto(f"{fleet.url}/login")
    page.get_by_label("Viewer or admin token").fill(fleet.collector.token("--kind", "viewer", "--read-only"))
    with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "GET"):
        page.get_by_test_id("sign-in").click()
        page.get_by_test_id("accounts").wait_for()

    expect(page.locator(".update")).to_have_count(0)


def test_a_button_names_what_it_updates_but_no_hidden_email(signed_in):
    signed_in.get_by_test_id("privacy").click()

    names = [button.get_attribute("aria-label") for button in signed_in.get_by_test_id("update-account").all()]
    assert "Update acc1" in names
    assert not any("hana" in name for name in names)
