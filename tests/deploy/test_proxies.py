"""The shipped Caddyfile and nginx.conf, with Debian's programs and real TLS: what passes, and what is refused."""

import base64
import hashlib
import json
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fakes.chatgpt import usage
from playwright.sync_api import Page, expect
from shipped_proxies import NAME, NAMED, Site

WAIT_SECONDS = 25


def ask(site: Site, method: str, path: str, token: str, body: Any = None) -> urllib3.BaseHTTPResponse:
    headers = {"Host": NAME, "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return site.pool.request(method, path, body=None if body is None else json.dumps(body), headers=headers)


def batch_of(seq: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    parsed = {"normalized": {"provider": "codex", "windows": {"5h": {"usedPercent": seq % 100}}}}
    item = {"seq": seq, "account_label": "acc1", "observed_at": now, "raw": {}, "parsed": parsed}
    return {"epoch": "e" * 32, "sent_at": now, "items": [item]}


@pytest.fixture
def fleet_host(host, site):
    """A host that knows the site by its real name, and its CA."""
    host.environment |= NAMED
    host.join(site.collector)
    host.settings |= {"collector_url": site.url, "ca_file": str(site.certificate.ca_file)}
    return host


def test_an_agent_delivers_to_a_site_whose_ca_it_knows_and_keeps_its_snapshots_from_any_other(
    fleet_host, site, tmp_path, upstream
):
    trustme.CA().cert_pem.write_to_path(tmp_path / "wrong-ca.pem")
    fleet_host.add_account("acc1", upstream.add_account("A1", usage=usage(five_hour=42)))
    ours = fleet_host.settings.pop("ca_file")

    without_ca = fleet_host.run("register")
    fleet_host.settings["ca_file"] = str(tmp_path / "wrong-ca.pem")
    with_wrong_ca = fleet_host.run("push")
    fleet_host.settings["ca_file"] = ours
    delivered = fleet_host.run("push")

    for refused in (without_ca, with_wrong_ca):
        assert (refused.returncode, "certificate" in refused.stderr) == (69, True), refused.stderr
    assert (delivered.returncode, "2 snapshots delivered" in delivered.stdout) == (0, True), delivered
    assert site.collector.latest()["acc1"]["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 42


def test_a_poll_is_parked_and_no_snapshot_is_lost_while_the_proxy_reads_its_file_anew(site):
    token = site.collector.token("--kind", "agent", "--host", "reloaded")
    ask(site, "POST", "/registry", token, {"accounts": [{"account_label": "acc1"}]})
    began_at = time.monotonic()
    with ThreadPoolExecutor() as threads:
        poll = threads.submit(ask, site, "GET", f"/refresh/queue?after=0&wait={WAIT_SECONDS}", token)
        fates = []
        for seq in range(1, 61):
            if seq % 20 == 10:
                site.reload()
            fates.append(ask(site, "POST", "/snapshots", token, batch_of(seq)).json()["results"][0]["status"])
        answer = poll.result()

    assert fates == ["stored"] * 60
    assert answer.status == 200
    assert answer.json()["refreshes"] == []
    assert time.monotonic() - began_at >= WAIT_SECONDS
    [event, *_] = site.collector.get("/events/acc1?host=reloaded")["items"]
    assert event["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] == 60


def test_a_wish_reaches_a_parked_agent_through_the_proxy(site):
    agent = site.collector.token("--kind", "agent", "--host", "wished")
    admin = site.collector.token("--kind", "admin")
    ask(site, "POST", "/registry", agent, {"accounts": [{"account_label": "acc1"}]})
    with ThreadPoolExecutor() as threads:
        poll = threads.submit(ask, site, "GET", f"/refresh/queue?after=0&wait={WAIT_SECONDS}", agent)
        ask(site, "POST", "/refresh", admin, {"host": "wished"})

        assert [wish["account_label"] for wish in poll.result().json()["refreshes"]] == ["acc1"]


def test_people_sign_in_through_the_proxy_with_a_cookie_for_this_host_and_https_alone(site, page_through: Page):
    ask(site, "POST", "/registry", site.collector.token("--kind", "agent", "--host", "h"), {"accounts": []})

    opened = page_through.goto(site.collector.run("signin-link"))

    expect(page_through.get_by_test_id("sign-out")).to_be_visible()
    assert page_through.url.startswith(site.url)
    assert "max-age=31536000" in opened.headers["strict-transport-security"]
    [cookie] = page_through.context.cookies()
    assert (cookie["name"], cookie["domain"], cookie["path"]) == ("__Host-session", NAME, "/")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")


@pytest.fixture
def page_through(site, browser_type, browser_type_launch_args):
    """A page of a Chromium that finds the name here and believes this certificate; any other it would refuse."""
    certificate = x509.load_pem_x509_certificate(site.certificate.chain_file.read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    flags = [f"--host-resolver-rules=MAP {NAME} 127.0.0.1", f"--ignore-certificate-errors-spki-list={digest}"]
    arguments = {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *flags]}
    with browser_type.launch(**arguments) as browser:
        yield browser.new_page()


def test_plain_http_is_refused_and_only_people_are_led_on(site):
    def ask_openly(method: str, path: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request(method, f"http://127.0.0.1:{site.http_port}{path}", redirect=False, retries=False)

    for method, path in [("POST", "/snapshots"), ("GET", "/refresh/queue?after=0"), ("GET", "/latest"), ("POST", "/")]:
        answer = ask_openly(method, path)
        assert (answer.status, answer.headers.get("Location")) == (403, None), (method, path)
        assert b"Use https" in answer.data
    for path in ("/", "/login"):
        answer = ask_openly("GET", path)
        assert (answer.status, answer.headers["Location"]) == (308, f"https://{NAME}{path}")


def test_what_is_too_large_or_of_another_name_is_refused(site):
    token = site.collector.token("--kind", "agent", "--host", "large")

    assert ask(site, "POST", "/snapshots", token, "x" * (1 << 20)).status == 413
    # Told by its length alone: the proxy does not hear such a body out.
    announced = {"Host": NAME, "Authorization": f"Bearer {token}", "Content-Length": str(4 << 20)}
    assert site.connect(site.certificate.ca_file).request("POST", "/snapshots", headers=announced).status == 413
    assert site.pool.request("GET", "/healthz", headers={"Host": NAME, "X-Long": "x" * 40_000}).status in {400, 431}
    assert site.pool.request("GET", "/healthz").status == 200, "and it goes on"
    with pytest.raises(urllib3.exceptions.SSLError):
        site.connect(site.certificate.ca_file, "other.example.com").request("GET", "/healthz")


def test_only_tls_1_2_and_newer_is_spoken(site):
    def spoken(version: ssl.TLSVersion) -> str:
        context = ssl.create_default_context(cafile=str(site.certificate.ca_file))
        # What Debian's OpenSSL would not even ask for otherwise.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        trust = {"ssl_context": context, "server_hostname": NAME, "assert_hostname": NAME}
        pool = urllib3.HTTPSConnectionPool("127.0.0.1", site.https_port, retries=False, **trust)
        return "spoken" if pool.request("GET", "/healthz", headers={"Host": NAME}).status == 200 else "refused"

    assert spoken(ssl.TLSVersion.TLSv1_2) == spoken(ssl.TLSVersion.TLSv1_3) == "spoken"
    with pytest.warns(DeprecationWarning, match="TLSv1_1"), pytest.raises(urllib3.exceptions.SSLError):
        spoken(ssl.TLSVersion.TLSv1_1)
