"""Every room by axe-core, with all of its rules: wide and narrow, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import ADDRESSES, open_room
from playwright.sync_api import Page, expect

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
# Those too that axe leaves out unless asked: the enhanced contrast, and what it still tries out.
_TAGS = ("wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental")
ALL_RULES = {"runOnly": {"type": "tag", "values": list(_TAGS)}, "resultTypes": ["violations"]}


def barriers(page: Page) -> list[str]:
    """As the page stands, in both schemes and at both widths."""
    found = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            report = Axe().run(page, options=ALL_RULES).response
            assert report["passes"], "axe looked at nothing"
            for fault in report["violations"]:
                found += [f"{width} {scheme} {fault['id']}: {node['html'][:200]}" for node in fault["nodes"]]
    return found


@pytest.mark.parametrize("room", ADDRESSES)
def test_a_room_has_no_barrier(page, standing_fleet, room):
    page.goto(standing_fleet.collector.run("signin-link", "--url", standing_fleet.url))
    page.get_by_test_id("accounts").wait_for()
    open_room(page, standing_fleet.url, room, host="workstation", label="acc1")

    assert barriers(page) == []


def test_a_question_and_a_new_token_have_no_barrier(admin, fleet):
    open_room(admin, fleet.url, "admin")
    admin.get_by_test_id("host").fill("build-box")
    admin.get_by_test_id("make").click()
    admin.get_by_test_id("shown-once").wait_for()
    assert barriers(admin) == []

    admin.get_by_test_id("forget-host").last.click()
    expect(admin.get_by_test_id("confirmation")).to_be_visible()
    assert barriers(admin) == []


def test_signing_in_has_no_barrier(page, standing_fleet):
    page.goto(f"{standing_fleet.url}/login")
    page.get_by_test_id("sign-in").wait_for()

    assert barriers(page) == []


def test_whoever_wants_no_motion_sees_none(signed_in, fleet):
    signed_in.emulate_media(reduced_motion="reduce")
    signed_in.get_by_test_id("update-account").first.click()
    signed_in.locator(".turning").first.wait_for()

    moving = signed_in.evaluate("document.getAnimations().length")
    signed_in.emulate_media(reduced_motion="no-preference")

    assert moving == 0
    assert signed_in.evaluate("document.getAnimations().length") > 0
