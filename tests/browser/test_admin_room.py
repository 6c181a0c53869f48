"""The admin room: tokens and signed-in browsers, and forgetting what is no more."""

import re
from typing import Any

import pytest
import requests
from pages import account, choose_language
from playwright.sync_api import Locator, Page, Route, expect


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
def room(admin: Page) -> Page:
    admin.get_by_test_id("nav-admin").click()
    admin.get_by_test_id("token").first.wait_for()
    return admin


def test_a_host_s_token_is_shown_once_with_what_to_type_there(room, fleet):
    room.context.grant_permissions(["clipboard-read", "clipboard-write"])
    room.get_by_test_id("host").fill("build-box")
    room.get_by_test_id("make").click()

    shown = room.get_by_test_id("shown-once")
    token, command = shown.get_by_test_id("command").all_inner_texts()
    assert command == f"hostagent init --collector {fleet.url} --host build-box"
    assert token not in command
    expect(shown.get_by_role("heading")).to_be_focused()
    shown.get_by_role("button").first.click()
    expect(shown.get_by_role("status").first).to_have_text("Copied")
    assert room.evaluate("navigator.clipboard.readText()") == token
    assert is_good(fleet, token)

    shown.get_by_test_id("put-away").click()
    assert token not in room.content()
    expect(token_row(room, token)).to_contain_text(re.compile(r"Agent of build-box.*made .*never used", re.DOTALL))


def test_a_viewer_s_token_can_be_read_only(room):
    room.get_by_test_id("kind").select_option("viewer")
    room.get_by_test_id("read-only").check()
    room.get_by_test_id("make").click()

    token = room.get_by_test_id("shown-once").get_by_test_id("command").inner_text()

    assert token.startswith("csfv_")
    expect(token_row(room, token)).to_contain_text("Viewer, read-only")


def test_a_token_is_revoked_only_after_it_is_said_what_stops(room, fleet):
    token = fleet.collector.token("--kind", "agent", "--host", "mac-mini")
    room.reload()
    button = token_row(room, token).get_by_test_id("revoke")

    button.click()
    expect(room.get_by_test_id("confirmation")).to_contain_text("The agent on mac-mini")
    expect(room.get_by_test_id("confirmation")).to_be_visible()
    room.keyboard.press("Escape")
    expect(button).to_be_focused()
    assert is_good(fleet, token)

    button.press("Enter")
    confirm(room)
    expect(token_row(room, token).get_by_test_id("revoke")).to_have_count(0)
    expect(room.get_by_role("heading", name="Tokens")).to_be_focused()
    expect(room.get_by_test_id("said")).to_have_text("The token is revoked.")
    assert not is_good(fleet, token)


def test_what_is_under_way_is_not_said_to_be_cancelled(room, fleet):
    token = fleet.collector.token("--kind", "agent", "--host", "mac-mini")
    room.reload()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    room.route("**/tokens/*", hold)
    token_row(room, token).get_by_test_id("revoke").click()
    with room.expect_request("**/tokens/*"):
        room.get_by_test_id("confirm").click()

    expect(room.get_by_test_id("confirm")).to_be_focused()
    room.get_by_test_id("cancel").dispatch_event("click")
    room.keyboard.press("Escape")
    expect(room.get_by_test_id("confirmation")).to_be_visible()
    # As a browser may that is asked again and again.
    room.get_by_test_id("confirmation").evaluate("dialog => dialog.close()")
    expect(room.get_by_test_id("confirmation")).to_have_count(0)
    held[0].continue_()

    expect(room.get_by_test_id("said")).to_have_text("The token is revoked.")
    expect(token_row(room, token).get_by_test_id("revoke")).to_have_count(0)


def test_whoever_revokes_the_own_token_is_told_and_signed_out(page, fleet, expect_complaint):
    expect_complaint("401 (UNAUTHORIZED)")
    token = fleet.collector.token("--kind", "admin")
    sign_in(page, fleet, token)
    page.get_by_test_id("nav-admin").click()

    token_row(page, token).get_by_test_id("revoke").click()
    expect(page.get_by_test_id("confirmation")).to_contain_text("this signs you out")
    page.get_by_test_id("confirm").click()

    expect(page).to_have_url(re.compile("/login$"))


def test_another_browser_is_signed_out_and_this_one_stays(room, browser, fleet):
    other = browser.new_page()
    sign_in(other, fleet, fleet.collector.token("--kind", "viewer"))
    room.reload()
    expect(room.get_by_test_id("session")).to_have_count(2)
    expect(room.get_by_test_id("session").filter(has_text="this browser")).to_have_count(1)

    room.get_by_test_id("end-session").click()
    confirm(room)

    expect(room.get_by_test_id("session")).to_have_count(1)
    other.reload()
    expect(other).to_have_url(re.compile("/login$"))
    other.close()


def test_a_browser_that_is_signed_out_already_leaves_the_list(room, browser, fleet, expect_complaint):
    expect_complaint("404 (NOT FOUND)")
    other = browser.new_page()
    sign_in(other, fleet, fleet.collector.token("--kind", "viewer"))
    room.reload()
    expect(room.get_by_test_id("session")).to_have_count(2)
    other.context.request.delete(f"{fleet.url}/session", headers={"Origin": fleet.url})
    other.close()

    room.get_by_test_id("end-session").click()
    confirm(room)

    expect(room.get_by_test_id("session")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_silent_host_is_forgotten_and_then_its_history(admin, fleet, language):
    words = choose_language(admin, language)
    admin.get_by_test_id("nav-admin").click()
    admin.get_by_test_id("forget-host").click()
    for label in ("travel", "spare"):
        expect(admin.get_by_test_id("confirmation")).to_contain_text(label)
    confirm(admin)
    expect(admin.get_by_test_id("gone-host")).to_have_count(0)
    removed = admin.get_by_test_id("removed-account").filter(has_text="old-laptop / travel")
    assert len(fleet.collector.get("/events/travel")["items"]) > 0

    removed.get_by_test_id("purge").click()
    expect(admin.get_by_test_id("confirmation")).to_contain_text(words["forget.purge_text"])
    confirm(admin)

    expect(removed).to_have_count(0)
    with pytest.raises(requests.HTTPError, match="404"):
        fleet.collector.get("/events/travel")
    admin.get_by_test_id("nav-list").click()
    expect(account(admin, "travel")).to_have_count(0)


def test_an_account_that_may_come_back_is_not_forgotten_and_it_is_said_what_to_type(room, expect_complaint):
    expect_complaint("409 (CONFLICT)")
    room.get_by_test_id("accounts-of-host").locator("summary").click()
    room.get_by_test_id("forget-account").last.click()
    room.get_by_test_id("confirm").click()

    fault = room.get_by_test_id("confirmation-fault")
    expect(fault).to_contain_text("old-laptop may still come back")
    expect(fault.get_by_test_id("command")).to_have_text("hostagent remove travel")
    expect(room.get_by_test_id("confirm")).to_be_focused()


def test_what_to_type_is_masked_and_copied_whole_also_over_plain_http(room, expect_complaint):
    expect_complaint("409 (CONFLICT)")
    room.context.grant_permissions(["clipboard-read"])
    room.get_by_test_id("privacy").click()
    room.get_by_test_id("accounts-of-host").locator("summary").click()
    room.get_by_test_id("forget-account").last.click()
    room.get_by_test_id("confirm").click()
    fault = room.get_by_test_id("confirmation-fault")
    expect(fault.get_by_test_id("command")).to_have_text("hostagent remove t•••")
    assert "travel" not in room.get_by_test_id("confirmation").inner_html()

    room.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no clipboard')); }")
    fault.get_by_role("button").click()

    expect(fault.get_by_role("status")).to_have_text("Copied")
    assert room.evaluate("navigator.clipboard.readText()") == "hostagent remove travel"


def test_a_viewer_is_told_whom_the_room_is_for_and_nothing_is_asked_for(page, fleet):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(fleet.url)))
    sign_in(page, fleet, fleet.collector.token("--kind", "viewer"))
    expect(page.get_by_test_id("nav-admin")).to_have_count(0)

    page.goto(f"{fleet.url}/fleet/admin")

    expect(page.get_by_test_id("for-admins")).to_contain_text("for admins")
    assert not {"/tokens", "/sessions", "/hosts", "/registry?removed=1"} & set(asked)


def test_a_room_that_cannot_be_read_says_so_and_tries_again(admin, expect_complaint):
    expect_complaint("Failed to load resource")
    admin.route("**/tokens", lambda route: route.abort())
    admin.get_by_test_id("nav-admin").click()
    expect(admin.get_by_test_id("failing")).to_be_visible()

    admin.unroute("**/tokens")
    admin.get_by_test_id("failing").get_by_role("button").click()

    expect(admin.get_by_test_id("token").first).to_be_visible()
    expect(admin.get_by_test_id("failing")).to_have_count(0)
