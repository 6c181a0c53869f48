"""Two hundred accounts on six hosts, in all states."""

import pytest
from large_fleet import ALL
from pages import choose_language, touched_rows, watch_rows
from playwright.sync_api import Page, expect

from collector.states import State

# Elements that hide what does not fit, and have more than fits. What is for readers of the screen is hidden on purpose.
CUT_OFF = """() => [...document.querySelectorAll("#page *")].filter((node) => {
    const { overflowX, overflowY } = getComputedStyle(node);
    if (node.closest(".for-readers, thead") || node.clientWidth === 0) return false;
    return (overflowX !== "visible" && node.scrollWidth > node.clientWidth)
        || (overflowY !== "visible" && node.scrollHeight > node.clientHeight);
}).map((node) => `${node.className}: ${node.textContent}`)"""
# Text that stands out of its box.
TOO_WIDE = """() => {
    const walker = document.createTreeWalker(document.getElementById("page"), NodeFilter.SHOW_TEXT);
    const found = [];
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        let box = text.parentElement;
        if (box.closest(".for-readers, thead, select")) continue;
        while (getComputedStyle(box).display.startsWith("inline")) box = box.parentElement;
        const range = document.createRange();
        range.selectNodeContents(text);
        if (range.getBoundingClientRect().right > box.getBoundingClientRect().right + 1) found.push(text.data);
    }
    return found;
}"""


@pytest.fixture
def large_page(page: Page, large_fleet) -> Page:
    page.goto(large_fleet.sign_in_link())
    expect(page.get_by_test_id("account")).to_have_count(len(ALL))
    return page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_all_are_shown_in_every_state_and_nothing_is_cut_off(large_page, language):
    words = choose_language(large_page, language)

    states = large_page.get_by_test_id("account").evaluate_all("rows => rows.map((row) => row.dataset.state)")
    assert len(states) == len(ALL)
    assert set(states) == {state.value for state in State}
    looks = set(large_page.get_by_test_id("state").all_inner_texts())
    assert looks == {words[f"state.{look}"] for look in [*State, "used_up", "blocked"]}
    for width in (1280, 390):
        large_page.set_viewport_size({"width": width, "height": 800})
        assert large_page.evaluate(CUT_OFF) == []
        assert large_page.evaluate(TOO_WIDE) == []


def test_a_live_update_of_twenty_accounts_draws_their_rows_and_no_others(large_page, large_fleet):
    chosen = [account for account in ALL if account.host == "mac-mini" and account.kind != "disabled"][:20]
    large_fleet.push(chosen, 41)
    five_hours = large_page.locator(f'[data-key="{chosen[-1].host}/{chosen[-1].label}"]').get_by_test_id("window-5h")
    expect(five_hours).to_contain_text("59%")
    watch_rows(large_page)

    large_fleet.push(chosen, 42)

    expect(five_hours).to_contain_text("58%")
    assert touched_rows(large_page) - {"outside"} == {f"{account.host}/{account.label}" for account in chosen}
