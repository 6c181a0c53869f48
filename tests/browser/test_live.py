"""The open page follows the collector by itself."""

from typing import Any

from pages import account, five_hours, pretend, show_tab
from playwright.sync_api import Page, Request, Route, expect

SINCE = "**/latest?*since=*"


class Reads:
    """The page's reads of `/latest`: how many were begun, and how many were under way at once."""

    def __init__(self, page: Page) -> None:
        self.begun: list[str] = []
        self.most_at_once = 0
        self._open: set[Request] = set()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        if "/latest" in request.url:
            self.begun.append(request.url)
            self._open.add(request)
            self.most_at_once = max(self.most_at_once, len(self._open))

    def _end(self, request: Request) -> None:
        self._open.discard(request)


def open_and_park(page: Page, fleet: Any) -> None:
    """Until the page's first parked read is under way."""
    with page.expect_request(SINCE):
        fleet.sign_in(page)
        page.goto(fleet.url)


def test_a_change_appears_within_a_second_and_nothing_moves(signed_in, fleet):
    signed_in.set_viewport_size({"width": 1280, "height": 400})
    row = account(signed_in, "acc1")
    details = account(signed_in, "side-project").get_by_test_id("more-windows")
    details.locator("summary").click()
    is_open = details.evaluate("node => node.open")
    signed_in.evaluate("window.scrollTo(0, 200)")
    signed_in.get_by_test_id("privacy").focus()
    marker = row.evaluate_handle("node => node")
    before = signed_in.evaluate("[scrollY, document.activeElement.dataset.testid]")

    fleet.push(pretend("acc1"), parsed=five_hours(3))

    expect(row.get_by_test_id("window-5h")).to_contain_text("97%", timeout=1_000)
    assert signed_in.evaluate("[scrollY, document.activeElement.dataset.testid]") == before
    assert row.evaluate("(node, marker) => node === marker", marker)
    assert details.evaluate("node => node.open") is is_open


def test_an_account_goes_and_comes_back_to_its_place(signed_in, fleet):
    labels = signed_in.get_by_test_id("label")
    before = labels.all_inner_texts()

    fleet.register("workstation", leave_out="acc2")
    expect(account(signed_in, "acc2")).to_have_count(0)
    fleet.register("workstation")
    expect(account(signed_in, "acc2")).to_have_count(1)

    assert labels.all_inner_texts() == before


def test_only_what_has_changed_is_sent_again(signed_in, fleet):
    with signed_in.expect_response(SINCE) as answered:
        fleet.push(pretend("acc1"), parsed=five_hours(3))

    answer = answered.value.json()
    assert [item["account_label"] for item in answer["items"]] == ["acc1"]
    assert answer["removed"] == []


def test_an_answer_of_everything_replaces_everything(signed_in, fleet):
    unknown = f"{'0' * 32}.1.1"
    signed_in.route(SINCE, lambda route: route.continue_(url=f"{fleet.url}/latest?raw=0&since={unknown}"))
    fleet.register("workstation", leave_out="acc2")

    expect(account(signed_in, "acc2")).to_have_count(0)
    expect(account(signed_in, "acc1")).to_be_visible()


def test_a_hidden_tab_asks_nothing_and_catches_up_when_it_is_seen_again(page, fleet):
    open_and_park(page, fleet)
    reads = Reads(page)
    row = account(page, "acc1")
    with page.expect_event("requestfailed", lambda request: "/latest" in request.url):
        show_tab(page, is_shown=False)

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    fleet.push(pretend("acc1"), parsed=five_hours(3))
    page.wait_for_timeout(1_500)
    assert asked == []
    expect(row.get_by_test_id("window-5h")).not_to_contain_text("97%")

    show_tab(page, is_shown=True)
    expect(row.get_by_test_id("window-5h")).to_contain_text("97%", timeout=1_000)
    assert all("since=" in url for url in reads.begun)
    assert reads.most_at_once == 1


def test_never_two_reads_at_once(page, fleet):
    reads = Reads(page)
    open_and_park(page, fleet)

    for used_percent in range(3, 8):
        fleet.push(pretend("acc1"), parsed=five_hours(used_percent))
        show_tab(page, is_shown=False)
        show_tab(page, is_shown=True)

    expect(account(page, "acc1").get_by_test_id("window-5h")).to_contain_text("93%")
    assert len(reads.begun) > 5
    assert reads.most_at_once == 1


def test_a_full_collector_is_given_time(page, fleet):
    def tell_to_wait(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "retry-after": "2"})

    open_and_park(page, fleet)
    page.route(SINCE, tell_to_wait, times=1)
    show_tab(page, is_shown=False)
    fleet.push(pretend("acc1"), parsed=five_hours(3))
    with page.expect_response(SINCE):
        show_tab(page, is_shown=True)
    reads = Reads(page)

    page.wait_for_timeout(1_000)
    assert reads.begun == []
    page.wait_for_event("request", lambda request: "since=" in request.url)


def test_a_lost_connection_is_said_and_the_numbers_stay(signed_in, fleet, expect_complaint):
    expect_complaint("Failed to load resource")
    signed_in.context.set_offline(True)

    expect(signed_in.get_by_test_id("connection")).not_to_be_empty(timeout=10_000)
    expect(account(signed_in, "acc1")).to_be_visible()
    fleet.push(pretend("acc1"), parsed=five_hours(3))
    signed_in.context.set_offline(False)
    expect(signed_in.get_by_test_id("connection")).to_be_empty(timeout=10_000)
    expect(account(signed_in, "acc1").get_by_test_id("window-5h")).to_contain_text("97%")


def test_one_lost_answer_is_not_worth_a_word(page, fleet, expect_complaint):
    expect_complaint("Failed to load resource")
    open_and_park(page, fleet)
    page.route(SINCE, lambda route: route.abort(), times=1)
    show_tab(page, is_shown=False)
    with page.expect_event("requestfailed", lambda request: "/latest" in request.url):
        show_tab(page, is_shown=True)

    fleet.push(pretend("acc1"), parsed=five_hours(3))

    expect(account(page, "acc1").get_by_test_id("window-5h")).to_contain_text("97%")
    expect(page.get_by_test_id("connection")).to_be_empty()
