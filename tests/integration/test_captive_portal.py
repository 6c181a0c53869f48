"""Something else answers at the collector's address for a while: nothing that was seen is lost by it."""

import json

import pytest
from fakes.chatgpt import usage
from fakes.proxy import Answer, Proxy

HTML = {"Content-Type": "text/html"}
ANSWERS = {
    "portal": Answer(200, b"<html>Please log in to the Wi-Fi</html>", HTML),
    "redirect": Answer(302, b"", {"Location": "http://127.0.0.1:9/login"}),
    "too large": Answer(413, b"<html><h1>413 Request Entity Too Large</h1><hr>nginx</html>", HTML),
    "other JSON": Answer(200, b"{}", {"Content-Type": "application/json"}),
    "no access": Answer(403, b"<html>blocked by policy</html>", HTML),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_was_seen_behind_a_captive_portal_arrives_later_in_order(joined_host, collector, upstream, kind):
    login = upstream.add_account("A1", usage=usage(five_hour=1))
    joined_host.add_account("acc1", login)
    with Proxy(collector.url) as proxy:
        joined_host.settings["collector_url"] = proxy.url
        proxy.answer = ANSWERS[kind]
        captive = joined_host.run("push")
        waiting = json.loads(joined_host.run("status", "--json").stdout)
        proxy.answer = None
        login.usage = usage(five_hour=2)

        free = joined_host.run("push")

    assert (captive.returncode, free.returncode) == (69, 0)
    assert "answer" in captive.stderr
    assert (waiting["waiting"], waiting["refused"]) == (1, 0)
    assert "2 snapshots delivered" in free.stdout
    events = collector.get("/events/acc1")["items"]
    assert [event["parsed"]["normalized"]["windows"]["5h"]["usedPercent"] for event in events] == [2, 1]
    assert {request.path for request in proxy.passed} <= {"/registry", "/snapshots"}, "no redirect was followed"
