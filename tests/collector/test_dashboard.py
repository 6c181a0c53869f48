"""The page, its files, and the headers that every answer has."""

import re

import pytest
from databases import on_any_database

pytestmark = on_any_database

HTTPS = {"public_url": "https://status.example.com"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PATHS = {
    "the page": ("GET", "/", 200),
    "the sign-in": ("GET", "/login", 200),
    "a file": ("GET", "/static/js/main.js", 200),
    "no file": ("GET", "/static/nothing.js", 404),
    "data": ("GET", "/latest", 200),
    "health": ("GET", "/healthz", 200),
    "an unknown path": ("GET", "/nowhere", 404),
    "a wrong method": ("DELETE", "/latest", 405),
    "a refusal": ("POST", "/snapshots", 403),
    "signing out": ("DELETE", "/session", 403),
}


@pytest.mark.parametrize(("method", "path", "status"), PATHS.values(), ids=PATHS)
def test_every_answer_tells_the_browser_to_be_careful(reader, method, path, status):
    response = reader.request(method, path)

    assert response.status_code == status
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in response.headers


def test_data_and_errors_are_kept_nowhere(reader, visitor):
    for path in ("/latest", "/session", "/nowhere", "/healthz"):
        assert reader.get(path).headers["Cache-Control"] == "no-store"
    assert visitor.sign_in(token=reader.token).headers["Cache-Control"] == "no-store"


def test_no_other_site_may_read_an_answer(reader):
    for method in ("GET", "OPTIONS"):
        response = reader.request(method, "/latest", headers={"Origin": "https://evil.example"})
        assert not any(name.startswith("Access-Control") for name in response.headers.keys())  # noqa: SIM118


@pytest.mark.parametrize("settings", [HTTPS], indirect=True)
def test_over_https_browsers_are_told_to_stay_there(anonymous):
    for path in ("/", "/healthz", "/nowhere"):
        assert anonymous.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/", "/login", "/fleet/hosts", "/fleet/accounts/mac-mini/acc1"])
def test_the_page_needs_no_key_and_holds_no_data(visitor, agent, path):
    response = visitor.get(path)

    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert re.search(r'data-version="[0-9.]+"', response.text)
    assert "mac-mini" not in response.text
    assert response.text == visitor.get("/login" if path == "/login" else "/").text


@pytest.mark.parametrize("path", ["/", "/login"])
def test_all_that_the_page_names_is_there(visitor, path):
    names = re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.get(path).text)

    assert "/static/icon.svg" in names
    assert {name: visitor.get(name).status_code for name in names} == dict.fromkeys(names, 200)


@pytest.mark.parametrize(("settings", "shown"), [({}, []), ({"is_demo": True}, ["data-demo"])], indirect=["settings"])
def test_a_demo_says_so(visitor, shown):
    assert re.findall("data-demo", visitor.get("/login").text) == shown


@pytest.mark.parametrize(
    ("settings", "address", "from_address", "is_exposed"),
    [
        ({}, "http://127.0.0.1:8080", "127.0.0.1", False),
        ({}, "http://127.0.0.1:8080", "192.168.1.9", True),
        ({"public_url": "http://192.168.1.5:8080"}, "http://192.168.1.5:8080", "192.168.1.9", True),
        ({"public_url": "https://192.168.1.5"}, "https://192.168.1.5", "192.168.1.9", False),
    ],
    indirect=["settings"],
)
def test_a_page_that_others_can_read_along_says_so(visitor, address, from_address, is_exposed):
    visitor.address, visitor.from_address = address, from_address

    response = visitor.get("/login")

    assert response.status_code == 200
    assert ("data-insecure" in response.text) is is_exposed


def test_a_file_is_asked_for_again_and_not_sent_again(visitor):
    first = visitor.get("/static/js/main.js")
    again = visitor.get("/static/js/main.js", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert "javascript" in first.content_type
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "name",
    ["../app.py", "..%2fapp.py", "js/../../app.py", "%2e%2e/app.py", "/etc/passwd", "js", "", "a%00b", "x" * 3000],
)
def test_no_file_but_the_page_s_own_is_served(visitor, name):
    assert visitor.get(f"/static/{name}").status_code in {308, 404}
