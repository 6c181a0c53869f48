"""Signing in and out of the dashboard, in real Chromium."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import expect


@pytest.fixture
def fleet(standing_fleet):
    """These tests leave it as it was."""
    return standing_fleet


def test_a_link_signs_in_once(page, fleet, expect_complaint):
    link = fleet.collector.run("signin-link", "--url", fleet.url)
    page.goto(link)
    expect(page.get_by_test_id("accounts")).to_be_visible()
    assert "code=" not in page.url

    # Or the page itself would be on its way to the sign-in just then.
    page.goto("about:blank")
    page.context.clear_cookies()
    expect_complaint("401 (UNAUTHORIZED)")
    page.goto(link)

    expect(page.get_by_test_id("fault")).to_contain_text("collector signin-link")
    assert "code=" not in page.url


def test_a_token_signs_in(page, fleet):
    page.goto(f"{fleet.url}/login")
    page.get_by_label("Viewer or admin token").fill(fleet.collector.token("--kind", "viewer"))
    page.get_by_test_id("sign-in").click()

    expect(page.get_by_test_id("accounts")).to_be_visible()


@pytest.mark.parametrize("token", ["nonsense", "csfv_0123456789ab_" + "0" * 64])
def test_a_wrong_token_is_refused_in_a_sentence(page, fleet, expect_complaint, token):
    expect_complaint("401 (UNAUTHORIZED)")
    page.goto(f"{fleet.url}/login")
    page.get_by_label("Viewer or admin token").fill(token)
    page.get_by_test_id("sign-in").click()

    expect(page.get_by_test_id("fault")).not_to_be_empty()


def test_without_a_session_the_page_asks_to_sign_in(page, fleet, expect_complaint):
    expect_complaint("401 (UNAUTHORIZED)")
    page.goto(fleet.url)

    expect(page).to_have_url(re.compile("/login$"))


def test_signing_in_leads_back_to_the_room_that_was_asked_for(page, fleet, expect_complaint):
    expect_complaint("401 (UNAUTHORIZED)")
    page.goto(f"{fleet.url}/fleet/hosts")
    expect(page).to_have_url(re.compile("/login$"))
    page.get_by_label("Viewer or admin token").fill(fleet.collector.token("--kind", "viewer"))
    page.get_by_test_id("sign-in").click()

    expect(page.get_by_test_id("hosts")).to_be_visible()
    assert page.url == f"{fleet.url}/fleet/hosts"


def test_a_place_that_nobody_wants_any_more_is_forgotten(page, fleet, expect_complaint):
    expect_complaint("401 (UNAUTHORIZED)")
    for path in ("/fleet/hosts", "/"):
        page.goto(fleet.url + path)
        expect(page).to_have_url(re.compile("/login$"))

    assert page.evaluate("sessionStorage.length") == 0


def test_signing_out_ends_the_session_on_the_server(signed_in, fleet, expect_complaint):
    cookies = signed_in.context.cookies()
    signed_in.get_by_test_id("sign-out").click()
    expect(signed_in).to_have_url(re.compile("/login$"))

    expect_complaint("401 (UNAUTHORIZED)")
    signed_in.context.add_cookies(cookies)
    signed_in.goto(fleet.url)

    expect(signed_in).to_have_url(re.compile("/login$"))


def test_a_revoked_token_ends_the_session(page, fleet, expect_complaint):
    token = fleet.collector.token("--kind", "viewer")
    page.goto(f"{fleet.url}/login")
    page.get_by_label("Viewer or admin token").fill(token)
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("accounts")).to_be_visible()

    expect_complaint("401 (UNAUTHORIZED)")
    fleet.collector.run("token", "revoke", token.split("_")[1])

    expect(page).to_have_url(re.compile("/login$"), timeout=40_000)


class OtherSite(BaseHTTPRequestHandler):
    """A page of another port, which is another origin, that tries to act with the reader's cookie."""

    collector = ""

    def do_GET(self) -> None:
        body = f"""<!doctype html><img src="{self.collector}/session">
            <form method=post action="{self.collector}/session" enctype="text/plain"><input name=a></form>
            <script>
              window.done = fetch("{self.collector}/session", {{method: "DELETE", credentials: "include"}})
                .then(() => "answered", () => "refused");
            </script>""".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def test_another_site_cannot_act_with_the_readers_session(signed_in, fleet, expect_complaint):
    expect_complaint("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherSite)
    OtherSite.collector = fleet.url
    Thread(target=server.serve_forever, daemon=True).start()
    other = signed_in.context.new_page()

    other.goto(f"http://127.0.0.1:{server.server_address[1]}/")
    assert other.evaluate("window.done") == "refused"
    other.evaluate("document.forms[0].submit()")
    other.wait_for_load_state()

    server.shutdown()
    server.server_close()
    signed_in.reload()
    expect(signed_in.get_by_test_id("accounts")).to_be_visible()
