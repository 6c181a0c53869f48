"""What matters now, and finding one's way in the list of accounts."""

import re

import pytest
from pages import account, choose_language, five_hours, pretend, touched_rows, watch_rows
from playwright.sync_api import Page, expect


@pytest.fixture
def fleet(standing_fleet):
    """These tests leave it as it was."""
    return standing_fleet


def labels(page: Page) -> list[str]:
    return page.get_by_test_id("label").all_inner_texts()


def usable(page: Page) -> int:
    return page.locator('[data-testid="account"][data-usable="true"]').count()


def test_the_top_says_what_matters_now(signed_in):
    roomiest = account(signed_in, "acc_hana_example.com").get_by_test_id("window-5h").locator(".left")

    expect(signed_in.get_by_test_id("usable")).to_have_text(f"{usable(signed_in)} usable of 14 accounts")
    expect(signed_in.get_by_test_id("most-room")).to_have_text(
        f"Most room: acc_hana_example.com {roomiest.inner_text().split()[0]} of 5 hours left, on mac-mini"
    )
    expect(signed_in.get_by_test_id("next-resets")).to_contain_text(re.compile(r"Next resets: acc1 in \d+m"))
    expect(signed_in.get_by_test_id("hands")).to_contain_text("2 need a login")
    expect(signed_in.get_by_test_id("hands")).to_contain_text("old-laptop is silent")


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("count-login_required", ["acc3", "acc4"]),
        ("count-wrong_account", ["acc5"]),
        ("silent-host", ["travel", "spare"]),
    ],
)
def test_what_needs_a_hand_leads_to_its_accounts(signed_in, link, found):
    signed_in.get_by_test_id(link).click()

    assert labels(signed_in) == found
    signed_in.get_by_test_id("show-all").click()
    assert len(labels(signed_in)) == 14


def test_the_account_with_the_most_room_stands_first(signed_in):
    signed_in.get_by_test_id("most-room").click()

    assert labels(signed_in)[:2] == ["acc_hana_example.com", "side-project"]
    assert len(labels(signed_in)) == usable(signed_in)


def test_the_list_is_searched_filtered_and_grouped_and_the_address_says_so(signed_in):
    signed_in.get_by_test_id("search").fill("example.com workstation")
    assert labels(signed_in) == ["acc3", "acc4", "acc5", "acc6", "acc1", "acc2"]
    signed_in.get_by_test_id("by-state").select_option("login_required")
    assert labels(signed_in) == ["acc3", "acc4"]
    expect(signed_in.get_by_test_id("found")).to_contain_text("2 of 14")

    signed_in.reload()

    signed_in.get_by_test_id("accounts").wait_for()
    assert labels(signed_in) == ["acc3", "acc4"]
    signed_in.get_by_test_id("show-all").click()
    signed_in.get_by_test_id("by-group").select_option("host")
    assert signed_in.get_by_test_id("group").all_inner_texts() == [
        "mac-mini3 of 4 usable",
        "old-laptop0 of 2 usable",
        f"workstation{usable(signed_in) - 3} of 8 usable",
    ]


def test_a_search_that_finds_nothing_says_so(signed_in):
    signed_in.get_by_test_id("search").fill("nobody")

    expect(signed_in.get_by_test_id("none-found")).to_be_visible()


def test_what_is_hidden_cannot_be_searched_for(signed_in):
    signed_in.get_by_test_id("privacy").click()

    signed_in.get_by_test_id("search").fill("kenji")

    expect(signed_in.get_by_test_id("none-found")).to_be_visible()


def test_the_list_opens_as_it_was_looked_at_last(signed_in, fleet):
    signed_in.get_by_test_id("by-sort").select_option("label")
    signed_in.get_by_test_id("by-host").select_option("mac-mini")
    expect(signed_in).to_have_url(f"{fleet.url}/?host=mac-mini&sort=label")

    signed_in.goto(fleet.url)

    expect(signed_in.get_by_test_id("account")).to_have_count(4)
    assert signed_in.url == f"{fleet.url}/?host=mac-mini&sort=label"
    assert labels(signed_in) == ["acc_hana_example.com", "acc_kenji_example.com", "side-project", "team-docs"]


def test_going_back_leads_to_the_view_before(signed_in):
    signed_in.get_by_test_id("count-wrong_account").click()
    signed_in.go_back()

    assert len(labels(signed_in)) == 14


def test_rows_keep_their_place_until_somebody_sorts_again(signed_in, fleet):
    signed_in.get_by_test_id("by-sort").select_option("room")
    before = labels(signed_in)
    assert before[0] == "acc_hana_example.com"

    fleet.push(pretend("acc1"), parsed=five_hours(1))

    expect(account(signed_in, "acc1").get_by_test_id("window-5h")).to_contain_text("99%")
    assert labels(signed_in) == before
    signed_in.get_by_test_id("sort-again").click()
    assert labels(signed_in)[0] == "acc1"
    expect(signed_in.get_by_test_id("sort-again")).to_have_count(0)


def test_a_change_is_seen_to_have_happened_and_only_its_row_is_drawn(signed_in, fleet):
    row = account(signed_in, "acc1")
    watch_rows(signed_in)

    fleet.push(pretend("acc1"), parsed=five_hours(3))

    expect(row).to_have_class(re.compile(r"\bnews\b"))
    assert touched_rows(signed_in) == {"workstation/acc1"}
    expect(row).not_to_have_class(re.compile(r"\bnews\b"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_used_can_be_shown_instead(signed_in, language):
    words = choose_language(signed_in, language)
    bar = account(signed_in, "acc2").get_by_test_id("window-weekly")
    expect(bar).to_contain_text(words["window.left"].replace("{percent}", "0%"))

    signed_in.get_by_test_id("used").click()

    expect(bar).to_contain_text(words["window.used"].replace("{percent}", "100%"))
    assert bar.locator(".fill").evaluate("node => node.style.width") == "100%"
    signed_in.reload()
    expect(bar).to_contain_text(words["window.used"].replace("{percent}", "100%"))


def test_the_list_is_worked_by_keys(signed_in):
    signed_in.keyboard.press("j")
    signed_in.keyboard.press("j")
    signed_in.keyboard.press("k")
    assert signed_in.evaluate("document.activeElement.dataset.label") == "acc3"

    with signed_in.expect_request("**/refresh") as asked:
        signed_in.keyboard.press("r")
    assert asked.value.post_data_json == {"accounts": [{"host": "workstation", "account_label": "acc3"}]}

    signed_in.keyboard.press("/")
    signed_in.keyboard.type("jk/r?")
    assert signed_in.get_by_test_id("search").input_value() == "jk/r?"
    expect(signed_in.get_by_test_id("keys")).to_be_hidden()


def test_a_question_mark_opens_the_list_of_keys(signed_in):
    signed_in.keyboard.press("?")
    expect(signed_in.get_by_test_id("keys")).to_be_visible()

    signed_in.keyboard.press("Escape")

    expect(signed_in.get_by_test_id("keys")).to_be_hidden()
