"""The hosts: how each one is, and what to do about one that does not report."""

from datetime import UTC, datetime, timedelta
from typing import Any

import demo
import pytest
from pages import choose_language, pretend, show_tab
from playwright.sync_api import Locator, Page, expect
from programs import serve_collector


@pytest.fixture
def room(page: Page, fleet: Any) -> Page:
    return open_room(page, fleet)


def open_room(page: Page, fleet: Any) -> Page:
    fleet.sign_in(page)
    page.goto(f"{fleet.url}/fleet/hosts")
    page.get_by_test_id("hosts").wait_for()
    return page


def host(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="host"][data-host="{name}"]')


def register(fleet: Any, name: str, **agent: Any) -> None:
    body = demo.registry(name)
    body["agent"] |= agent
    fleet.send(name, "POST", "/registry", body)


def test_versions_that_differ_drops_and_a_wrong_clock_are_said_in_words(room, fleet):
    register(fleet, "workstation", version="0.10.0", manual_refresh=True)
    now = datetime.now(UTC)
    batch = demo.history_body("mac-mini", [demo.snapshot_of(pretend("acc_hana_example.com"), now, 10**7)], now)
    late = {"sent_at": demo.timestamp(now + timedelta(minutes=3)), "dropped": 3, "spool_items": 12}
    fleet.send("mac-mini", "POST", "/snapshots", batch | late)

    mini, workstation = host(room, "mac-mini"), host(room, "workstation")
    expect(mini.get_by_test_id("host-agent")).to_have_text("0.1.0 older than 0.10.0 on workstation")
    expect(mini.get_by_test_id("host-codex")).to_have_text("0.169.0")
    expect(mini.get_by_test_id("host-dropped")).to_have_text("3 readings")
    expect(mini.get_by_test_id("host-waiting")).to_have_text("12 readings")
    expect(mini.get_by_test_id("host-clock")).to_have_text("3m ahead")
    expect(workstation.get_by_test_id("host-agent")).to_have_text("0.10.0")
    expect(workstation.get_by_test_id("host-reads")).to_have_text("only when asked")
    expect(workstation.get_by_test_id("host-clock")).to_have_count(0)


def test_a_silent_host_says_since_when_what_it_held_and_what_to_type(page, standing_fleet):
    room = open_room(page, standing_fleet)

    for language, since in [("en", "for 3d"), ("ja", "3 日")]:
        words = choose_language(room, language, "hosts")
        silent = host(room, "old-laptop")

        expect(silent.get_by_test_id("host-state")).to_have_text(words["host.state.silent"])
        expect(silent.get_by_test_id("silence")).to_contain_text(since)
        expect(silent.get_by_test_id("held").locator("strong")).to_have_text(["spare", "travel"])
        assert silent.get_by_test_id("command").all_inner_texts() == ["hostagent status", "hostagent doctor"]


def test_a_host_is_late_from_its_deadline_on(room, fleet):
    with room.expect_response("**/hosts"):
        register(fleet, "mac-mini", poll_interval_sec=4)
    expect(host(room, "mac-mini")).to_have_attribute("data-state", "online")

    expect(host(room, "mac-mini")).to_have_attribute("data-state", "late", timeout=20_000)


def test_a_host_that_reports_again_is_seen_without_a_reload_but_not_by_a_hidden_tab(room, fleet):
    asked: list[str] = []
    show_tab(room, is_shown=False)
    room.on("request", lambda request: asked.append(request.url))
    fleet.register("old-laptop")
    room.wait_for_timeout(1_000)
    assert asked == []
    expect(host(room, "old-laptop")).to_have_attribute("data-state", "silent")

    show_tab(room, is_shown=True)

    expect(host(room, "old-laptop")).to_have_attribute("data-state", "online")
    expect(room.get_by_test_id("host-counts")).to_have_text("3 online")


def test_a_room_that_does_not_come_is_said_and_asked_for_again(signed_in, expect_complaint):
    expect_complaint("Failed to load resource")
    signed_in.route("**/css/hosts.css", lambda route: route.abort())
    signed_in.get_by_test_id("nav-hosts").click()
    expect(signed_in.get_by_role("main")).to_contain_text("does not answer")

    signed_in.unroute("**/css/hosts.css")

    expect(signed_in.get_by_test_id("hosts")).to_be_visible(timeout=15_000)
    assert signed_in.locator('link[href$="hosts.css"]').count() == 1


def test_hosts_that_cannot_be_read_are_said_so_and_asked_for_again(page, standing_fleet, expect_complaint):
    expect_complaint("Failed to load resource")
    standing_fleet.sign_in(page)
    page.route(f"{standing_fleet.url}/hosts", lambda route: route.fulfill(status=503))
    page.goto(f"{standing_fleet.url}/fleet/hosts")
    expect(page.get_by_test_id("no-hosts")).to_contain_text("trying again")

    page.unroute(f"{standing_fleet.url}/hosts")
    expect(page.get_by_test_id("hosts")).to_be_visible(timeout=10_000)

    page.route(f"{standing_fleet.url}/hosts", lambda route: route.fulfill(status=503))
    show_tab(page, is_shown=True)
    expect(page.get_by_test_id("hosts-lost")).to_contain_text("trying again", ignore_case=True, timeout=15_000)
    expect(host(page, "mac-mini")).to_be_visible()


def test_a_host_leads_to_its_accounts_and_has_them_read(room, fleet):
    mini = host(room, "mac-mini")
    fleet.register("mac-mini")
    mini.get_by_test_id("update-host").click()
    expect(mini.get_by_test_id("progress")).to_be_visible()

    mini.get_by_role("link", name="4 accounts").click()

    expect(room.get_by_test_id("account")).to_have_count(4)
    assert "host=mac-mini" in room.url


def test_a_collector_without_hosts_says_what_to_type(page, tmp_path):
    with serve_collector(tmp_path) as collector:
        page.goto(collector.run("signin-link", "--url", collector.url))
        page.get_by_test_id("nav-hosts").click()

        expect(page.get_by_test_id("empty")).to_contain_text("collector token create --kind agent --host NAME")
        expect(page.get_by_test_id("empty")).to_contain_text(f"hostagent init --collector {collector.url}")
        collector.token("--kind", "agent", "--host", "new-box")
        page.reload()
        expect(host(page, "new-box").get_by_test_id("never")).to_contain_text("--host new-box")
