"""The admin room: tokens and signed-in browsers, and forgetting what is no more."""

import re
from typing import Any

import pytest
import requests
from pages import account, choose_language
from playwright.sync_api import Locator, Page, expect


def sign_in(page: Page, fleet: Any, token: str) -> None:
    page.goto(f"{fleet.url}/login")
    page.locator("#token").fill(token)
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("accounts").wait_for()


def token_row(page: Page, token: str) -> Locator:
    return page.get_by_test_id("token").filter(has_text=token.split("_")[1])


def is_good(fleet: Any, token: str) -> bool:
    answer = requests.get(f"{fleet.url}/session", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    return answer.status_code == 200


def confirm(page: Page) -> None:
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("confirmation")).to_have_count(0)


@pytest.fixture
def admin(signed_in: Page) -> Page:
    signed_in.get_by_test_id("nav-admin").click()
    signed_in.get_by_test_id("token").first.wait_for()
    return signed_in


def test_a_host_s_token_is_shown_once_with_what_to_type_there(admin, fleet):
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin.get_by_test_id("host").fill("build-box")
    admin.get_by_test_id("make").click()

    shown = admin.get_by_test_id("shown-once")
    token, command = shown.get_by_test_id("command").all_inner_texts()
    assert command == f"hostagent init --collector {fleet.url}"
    assert token not in command
    expect(shown.get_by_role("heading")).to_be_focused()
    shown.get_by_role("button").first.click()
    expect(shown.get_by_role("status").first).to_have_text("Copied")
    assert admin.evaluate("navigator.clipboard.readText()") == token
    assert is_good(fleet, token)

    shown.get_by_test_id("put-away").click()
    assert token not in admin.content()
    expect(token_row(admin, token)).to_contain_text(re.compile(r"Agent of build-box.*made .*never used", re.DOTALL))


def test_a_viewer_s_token_can_be_read_only(admin):
    admin.get_by_test_id("kind").select_option("viewer")
    admin.get_by_test_id("read-only").check()
    admin.get_by_test_id("make").click()

    token = admin.get_by_test_id("shown-once").get_by_test_id("command").inner_text()

    assert token.startswith("csfv_")
    expect(token_row(admin, token)).to_contain_text("Viewer, read-only")


def test_a_token_is_revoked_only_after_it_is_said_what_stops(admin, fleet):
    token = fleet.collector.token("--kind", "agent", "--host", "mac-mini")
    admin.reload()
    button = token_row(admin, token).get_by_test_id("revoke")

    button.click()
    expect(admin.get_by_test_id("confirmation")).to_contain_text("The agent on mac-mini")
    admin.keyboard.press("Escape")
    expect(button).to_be_focused()
    assert is_good(fleet, token)

    button.press("Enter")
    confirm(admin)
    expect(token_row(admin, token).get_by_test_id("revoke")).to_have_count(0)
    expect(admin.get_by_role("heading", name="Tokens")).to_be_focused()
    expect(admin.get_by_test_id("said")).to_have_text("The token is revoked.")
    assert not is_good(fleet, token)


def test_whoever_revokes_the_own_token_is_told_and_signed_out(page, fleet, expect_complaint):
    expect_complaint("401 (UNAUTHORIZED)")
    token = fleet.collector.token("--kind", "admin")
    sign_in(page, fleet, token)
    page.get_by_test_id("nav-admin").click()

    token_row(page, token).get_by_test_id("revoke").click()
    expect(page.get_by_test_id("confirmation")).to_contain_text("this signs you out")
    page.get_by_test_id("confirm").click()

    expect(page).to_have_url(re.compile("/login$"))


def test_another_browser_is_signed_out_and_this_one_stays(admin, browser, fleet):
    other = browser.new_page()
    sign_in(other, fleet, fleet.collector.token("--kind", "viewer"))
    admin.reload()
    expect(admin.get_by_test_id("session")).to_have_count(2)
    expect(admin.get_by_test_id("session").filter(has_text="this browser")).to_have_count(1)

    admin.get_by_test_id("end-session").click()
    confirm(admin)

    expect(admin.get_by_test_id("session")).to_have_count(1)
    other.reload()
    expect(other).to_have_url(re.compile("/login$"))
    other.close()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_silent_host_is_forgotten_and_then_its_history(signed_in, fleet, language):
    words = choose_language(signed_in, language)
    signed_in.get_by_test_id("nav-admin").click()
    signed_in.get_by_test_id("forget-host").click()
    for label in ("travel", "spare"):
        expect(signed_in.get_by_test_id("confirmation")).to_contain_text(label)
    confirm(signed_in)
    expect(signed_in.get_by_test_id("gone-host")).to_have_count(0)
    removed = signed_in.get_by_test_id("removed-account").filter(has_text="old-laptop / travel")
    assert len(fleet.collector.get("/events/travel")["items"]) > 0

    removed.get_by_test_id("purge").click()
    expect(signed_in.get_by_test_id("confirmation")).to_contain_text(words["forget.purge_text"])
    confirm(signed_in)

    expect(removed).to_have_count(0)
    with pytest.raises(requests.HTTPError, match="404"):
        fleet.collector.get("/events/travel")
    signed_in.get_by_test_id("nav-list").click()
    expect(account(signed_in, "travel")).to_have_count(0)


def test_an_account_that_may_come_back_is_not_forgotten_and_it_is_said_what_to_type(admin, expect_complaint):
    expect_complaint("409 (CONFLICT)")
    admin.get_by_test_id("accounts-of-host").locator("summary").click()
    admin.get_by_test_id("forget-account").last.click()
    admin.get_by_test_id("confirm").click()

    fault = admin.get_by_test_id("confirmation-fault")
    expect(fault).to_contain_text("old-laptop may still come back")
    expect(fault.get_by_test_id("command")).to_have_text("hostagent remove travel")


def test_a_viewer_is_told_whom_the_room_is_for_and_nothing_is_asked_for(page, fleet):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(fleet.url)))
    sign_in(page, fleet, fleet.collector.token("--kind", "viewer"))
    expect(page.get_by_test_id("nav-admin")).to_have_count(0)

    page.goto(f"{fleet.url}/fleet/admin")

    expect(page.get_by_test_id("for-admins")).to_contain_text("for admins")
    assert not {"/tokens", "/sessions", "/hosts", "/registry?removed=1"} & set(asked)


def test_a_room_that_cannot_be_read_says_so_and_tries_again(signed_in, expect_complaint):
    expect_complaint("Failed to load resource")
    signed_in.route("**/tokens", lambda route: route.abort())
    signed_in.get_by_test_id("nav-admin").click()
    expect(signed_in.get_by_test_id("failing")).to_be_visible()

    signed_in.unroute("**/tokens")
    signed_in.get_by_test_id("failing").get_by_role("button").click()

    expect(signed_in.get_by_test_id("token").first).to_be_visible()
    expect(signed_in.get_by_test_id("failing")).to_have_count(0)
