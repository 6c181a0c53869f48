"""One account, whole: its windows, how they were used, its events, the raw answer, and whose login it is."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import demo
import pytest
from pages import account, choose_language, five_hours, pretend
from playwright.sync_api import Locator, Page, Request, expect

DAY = 86_400
FAILED = {"error": {"code": "upstream_throttled", "message": "as the test says"}, "raw": None, "parsed": None}


@pytest.fixture
def fleet(standing_fleet):
    """These tests push readings and failures, each of an account that it looks at."""
    return standing_fleet


def open_room(page: Page, fleet: Any, label: str, query: str = "") -> Locator:
    page.goto(f"{fleet.url}/fleet/accounts/{pretend(label).host}/{label}{query}")
    room = page.get_by_test_id("account-room")
    room.wait_for()
    return room


def chart(page: Page, window: str) -> Locator:
    """Once it is drawn."""
    figure = page.get_by_test_id(f"history-{window}")
    figure.locator("canvas").wait_for()
    return figure


def number(figure: Locator, name: str) -> int:
    return int(figure.get_attribute(f"data-{name}") or "")


def seconds_asked_for(request: Request) -> int:
    query = parse_qs(urlsplit(request.url).query)
    return int(query["to"][0]) - int(query["from"][0])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_window_is_shown_as_it_is_and_as_it_was(signed_in, fleet, language):
    words = choose_language(signed_in, language)
    room = open_room(signed_in, fleet, "acc1")

    expect(signed_in.locator(":focus")).to_have_text("acc1")
    expect(room.get_by_test_id("window")).to_have_count(2)
    for window, resets in (("5h", range(33, 35)), ("weekly", range(1, 2))):
        figure = chart(signed_in, window)
        assert number(figure, "points") > 100
        assert number(figure, "resets") in resets
        assert figure.locator(".chart").get_attribute("data-drawn") == figure.get_attribute("data-points")
        name = words["history.resets"]["one" if language == "en" and window == "weekly" else "other"]
        expect(figure.get_by_test_id("summary")).to_contain_text(
            name.replace("{count}", figure.get_attribute("data-resets"))
        )
    assert room.locator("h3").all_inner_texts() == [
        words[f"{section}.title"] for section in ("windows", "history", "identity", "raw", "events")
    ]


def test_windows_of_further_limits_are_told_apart_by_their_ids(signed_in, fleet):
    weekly = {"usedPercent": 30, "leftPercent": 70, "windowDurationMins": 10_080}
    limits = [{"limitId": f"codex_{bird}", "limitName": "Spark", "windows": {"weekly": weekly}} for bird in ("a", "b")]
    reset_credits = {"availableCount": 1, "credits": [{"expiresAt": 4_102_444_800}]}
    parsed = five_hours(3)
    parsed["normalized"] |= {"limits": limits, "resetCredits": reset_credits}

    fleet.push(pretend("acc1"), parsed=parsed)

    room = open_room(signed_in, fleet, "acc1")
    for bird in ("a", "b"):
        expect(room.locator(f'[data-limit="codex_{bird}"]')).to_contain_text(f"codex_{bird}")
    expect(room.get_by_test_id("reset-credits")).to_contain_text(re.compile(r"1 reset credit.*good until .*2100"))


def test_a_span_of_time_is_asked_for_and_stands_in_the_address(signed_in, fleet):
    open_room(signed_in, fleet, "acc1")
    week = number(chart(signed_in, "5h"), "points")

    with signed_in.expect_request("**/history/**") as asked:
        signed_in.get_by_test_id("span-24h").click()

    assert seconds_asked_for(asked.value) == DAY
    figure = signed_in.locator('[data-testid="history-5h"][data-span="24h"]')
    figure.wait_for()
    assert 0 < number(figure, "points") < week
    assert signed_in.url.endswith("/fleet/accounts/workstation/acc1?span=24h")
    signed_in.go_back()
    expect(signed_in.get_by_test_id("span-7d")).to_have_attribute("aria-pressed", "true")
    signed_in.locator('[data-testid="history-5h"][data-span="7d"]').wait_for()


def test_what_happens_is_drawn_and_listed_at_once(signed_in, fleet):
    room = open_room(signed_in, fleet, "team-docs")
    figure = chart(signed_in, "5h")
    points, failures = number(figure, "points"), number(figure, "failures")
    newest = room.get_by_test_id("event").first

    fleet.push(pretend("team-docs"), parsed=five_hours(3))
    expect(newest).to_contain_text("5 hours: 97% left")
    expect(figure).not_to_have_attribute("data-points", str(points))
    expect(figure.get_by_test_id("summary")).to_contain_text("97% at the end")

    for _ in range(2):
        fleet.push(pretend("team-docs"), **FAILED)
    expect(newest).to_have_attribute("data-count", "2")
    expect(newest).to_contain_text("The provider is throttling requests.")
    expect(figure).to_have_attribute("data-failures", str(failures + 1))
    expect(figure.get_by_test_id("summary")).to_contain_text("2 failed probes")


def test_older_events_are_fetched_page_by_page(signed_in, fleet):
    room = open_room(signed_in, fleet, "acc_kenji_example.com")
    events, older = room.get_by_test_id("event"), room.get_by_test_id("older")
    expect(events).to_have_count(50)

    with signed_in.expect_request("**/events/**before=*"):
        older.click()
    expect(events).to_have_count(100)
    fleet.push(pretend("acc_kenji_example.com"), parsed=five_hours(3))
    expect(events.first).to_contain_text("97% left")
    expect(events).to_have_count(101)
    older.click()
    expect(events).to_have_count(151)
    older.click()
    expect(older).to_have_count(0)

    times = [time.get_attribute("datetime") for time in events.locator("time").all()]
    assert times == sorted(times, reverse=True)


def test_the_raw_answer_is_unfolded_and_copied(signed_in, fleet):
    signed_in.context.grant_permissions(["clipboard-read", "clipboard-write"])
    room = open_room(signed_in, fleet, "acc1")

    room.get_by_test_id("raw").locator("summary").click()

    text = room.get_by_test_id("raw-text").inner_text()
    assert json.loads(text)["rateLimits"]["planType"] == "pro"
    room.get_by_role("button", name="Copy: Raw answer").click()
    room.get_by_role("button", name="Copied: Raw answer").wait_for()
    assert signed_in.evaluate("navigator.clipboard.readText()") == text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_was_found_stands_beside_what_was_expected(signed_in, fleet, language):
    words = choose_language(signed_in, language)
    room = open_room(signed_in, fleet, "acc5")

    expect(room.get_by_test_id("expected-email")).to_have_text("shared@example.com")
    expect(room.get_by_test_id("found-email")).to_have_text("someone.else@example.com")
    expect(room.get_by_test_id("verdict-email")).to_have_text(words["verdict.differs"])
    expect(room.get_by_test_id("verdict-plan")).to_have_text(words["verdict.any"])
    open_room(signed_in, fleet, "acc_hana_example.com")
    expect(room.get_by_test_id("verdict-email")).to_have_text(words["verdict.same"])


def test_the_same_login_elsewhere_is_one_click_away(signed_in, fleet):
    both = {"account_email": "travel@example.com", "account_id": pretend("travel").account_id}
    fleet.push(pretend("acc1"), parsed={"normalized": {"provider": "codex", **both, "windows": {}}})
    room = open_room(signed_in, fleet, "acc1")

    room.get_by_role("link", name="old-laptop: travel").click()

    expect(room.get_by_test_id("label")).to_have_text("travel")
    assert signed_in.url == f"{fleet.url}/fleet/accounts/old-laptop/travel"


def test_an_account_that_is_not_there_is_said_to_be_unknown_or_removed(signed_in, fleet):
    signed_in.goto(f"{fleet.url}/fleet/accounts/workstation/nobody")
    missing = signed_in.get_by_test_id("missing")
    expect(missing).to_contain_text("There is no account nobody on workstation.")

    open_room(signed_in, fleet, "acc2")
    fleet.register("workstation", leave_out="acc2")
    expect(missing).to_contain_text("acc2 has been removed from workstation.")
    fleet.register("workstation")
    expect(signed_in.get_by_test_id("account-room")).to_be_visible()

    signed_in.goto(f"{fleet.url}/fleet/accounts/workstation/nobody")
    missing.get_by_role("link").click()
    expect(account(signed_in, "acc2")).to_be_visible()


def test_a_removed_account_stays_hidden_as_it_was(signed_in, fleet):
    body = demo.registry("workstation")
    next(entry for entry in body["accounts"] if entry["account_label"] == "acc2")["expected_email"] = "acc2@example.com"
    fleet.send("workstation", "POST", "/registry", body)
    signed_in.get_by_test_id("privacy").click()
    open_room(signed_in, fleet, "acc2")

    fleet.register("workstation", leave_out="acc2")

    expect(signed_in.get_by_test_id("missing")).to_contain_text("a••• has been removed from workstation.")
    fleet.register("workstation")


def test_enter_opens_the_account_and_escape_leads_back_to_its_row(signed_in, fleet):
    signed_in.keyboard.press("j")
    label = signed_in.evaluate("document.activeElement.dataset.label")

    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_test_id("account-room")).to_have_attribute("data-key", f"workstation/{label}")
    with signed_in.expect_request("**/refresh") as asked:
        signed_in.keyboard.press("r")
    assert asked.value.post_data_json["accounts"] == [{"host": "workstation", "account_label": label}]

    signed_in.keyboard.press("Escape")
    expect(account(signed_in, label)).to_be_focused()
    account(signed_in, "acc1").get_by_test_id("label").click()
    expect(signed_in.get_by_test_id("account-room")).to_have_attribute("data-key", "workstation/acc1")


def test_the_switches_of_the_list_hold_in_the_room_as_well(signed_in, fleet):
    signed_in.get_by_test_id("privacy").click()
    signed_in.get_by_test_id("used").click()

    room = open_room(signed_in, fleet, "acc_hana_example.com")

    expect(chart(signed_in, "5h").get_by_test_id("summary")).to_contain_text(re.compile(r"\d+% to \d+% used"))
    expect(room.get_by_test_id("event").first).to_contain_text(re.compile(r"5 hours: \d+% used"))
    text = signed_in.locator("body").inner_text()
    assert "hana" not in text
    assert "example.com" not in text


def test_what_could_not_be_loaded_is_said_and_asked_for_again(signed_in, fleet, expect_complaint):
    expect_complaint("Failed to load resource")
    signed_in.route("**/history/**", lambda route: route.abort())
    open_room(signed_in, fleet, "acc1")
    figure = signed_in.get_by_test_id("history-5h")
    expect(figure).to_contain_text("Could not be loaded; trying again.")

    signed_in.unroute("**/history/**")
    expect(figure.locator("canvas")).to_be_visible()
    expect(figure).not_to_contain_text("Could not be loaded")

    signed_in.route("**/history/**", lambda route: route.fulfill(status=401, json={"code": "unauthenticated"}))
    signed_in.get_by_test_id("span-30d").click()
    expect(signed_in).to_have_url(f"{fleet.url}/login")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_cut_off_in_the_room_at_any_width(signed_in, fleet, language):
    choose_language(signed_in, language)
    open_room(signed_in, fleet, "acc5")
    figure = chart(signed_in, "5h")

    for width in (1280, 390, 320):
        signed_in.set_viewport_size({"width": width, "height": 800})
        box = figure.locator(".chart")
        box.evaluate(
            """box => new Promise((resolve) => {
                const fits = () => box.firstChild.offsetWidth === box.clientWidth;
                const look = () => fits() ? resolve() : requestAnimationFrame(look);
                look();
            })"""
        )
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= width


def test_a_line_breaks_where_nothing_was_known_and_pages_join_where_they_meet(signed_in):
    line, lonely, grown, apart = signed_in.evaluate(
        """async () => {
            const { findLonely, readLine } = await import("/static/js/account/line.js");
            const { joinPages } = await import("/static/js/account/event-pages.js");
            const points = [[1, 10], [2, null], [3, 20], [4, 120]];
            const line = readLine({ points, failures: [], from: 0, to: 9 }, false);
            const page = (...positions) => positions.map((position) => ({ position }));
            return [
                line.shown,
                findLonely(line.shown),
                joinPages(page(5, 4, 3), page(4, 3, 2, 1)).map(({ position }) => position),
                joinPages(page(9, 8), page(4, 3)).map(({ position }) => position),
            ];
        }"""
    )

    assert line == [None, 90, None, 80, 0, None]
    assert lonely == [1]
    assert grown == [5, 4, 3, 2, 1]
    assert apart == [9, 8]


def test_resets_and_failures_are_marked_by_shapes_that_do_not_lie_over_each_other(signed_in):
    triangles, dashed, crossed = signed_in.evaluate(
        """async () => {
            const { drawFailures, drawResets } = await import("/static/js/account/chart-marks.js");
            const ctx = document.createElement("canvas").getContext("2d");
            const drawn = { fills: 0, strokes: 0 };
            ctx.fill = () => (drawn.fills += 1);
            ctx.stroke = () => (drawn.strokes += 1);
            const plot = { ctx, bbox: { left: 0, top: 0, width: 100, height: 50 }, valToPos: (time) => time };
            drawResets(plot, [10, 12, 50], "red");
            const { fills, strokes } = drawn;
            drawFailures(plot, [{ from: 10, to: 20 }, { from: 21, to: 21 }], "red");
            return [fills, strokes, drawn.strokes - strokes];
        }"""
    )

    assert triangles == 2
    assert dashed == 3
    assert crossed == 2
