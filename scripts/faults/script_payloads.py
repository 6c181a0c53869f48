#!/usr/bin/env python3
"""Scripts in every text that somebody may send, and in addresses: none may run on any room of the page.

Type: .venv/bin/python scripts/faults/script_payloads.py
Each payload is told by a host of its own, in every text field of the wire; labels and names of hosts and windows take
no such text. A real collector, real Chromium: each has to be shown as the text that it is, with no script run, no
report of the content security policy and no error of the page. Takes about five minutes.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/browser"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from chromium import run_chromium
from large_fleet import open_past, send
from pages import ADDRESSES, open_room
from playwright.sync_api import BrowserContext, Page
from programs import Collector, serve_collector
from verdict import finish, say

from collector.queries import tokens
from collector.queries.tokens import Kind

# Ways out of what a text may stand in, and what would run there.
_BREAKS = ("", '">', "'>", "</title>", "</textarea>", "-->", "</script>", "]]>", "${''}", "{{0}}")
_SCRIPTS = (
    "<script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    "<svg onload=pwned()>",
    "<details open ontoggle=pwned()>",
    "<iframe srcdoc='<script>parent.pwned()</script>'>",
    "<a href=javascript:pwned()>a</a>",
    "<input autofocus onfocus=pwned()>",
    "<style>@import'//evil.example'</style>",
    "<math><mi xlink:href=javascript:pwned()>",
    "<object data=javascript:pwned()>",
)
_BARE = (
    "javascript:pwned()",
    "${pwned()}",
    "{{constructor.constructor('pwned()')()}}",
    "`;pwned();//",
    "'-pwned()-'",
    '"-alert(1)-"',
)
PAYLOADS = (*(before + script for before, script in product(_BREAKS, _SCRIPTS)), *_BARE)
LANGUAGES = ("en", "ja")
# Elements that only markup from a text can have brought.
_FOREIGN = """[...document.querySelectorAll("*")].filter((node) =>
    /^(IFRAME|OBJECT|IMG|MATH|MI|EMBED)$/i.test(node.tagName)
    || (node.tagName === "SCRIPT" && !node.src) || (node.tagName === "STYLE")
    || [...node.attributes].some(({ name, value }) =>
        name.startsWith("on") || (/^(href|src|data|action)$/.test(name) && /^\\s*javascript:/i.test(value)))
).map((node) => node.outerHTML.slice(0, 200))"""
_POINT_AT_ALL = """() => {
    for (const node of document.querySelectorAll("details")) node.open = true;
    for (const node of document.querySelectorAll("#page *")) node.dispatchEvent(new MouseEvent("mouseover"));
}"""
_TRIPWIRES = """
    for (const name of ["pwned", "alert", "confirm", "prompt"]) window[name] = () => window.tell(`${name} ran`);
    document.addEventListener("securitypolicyviolation", (report) => window.tell(`CSP: ${report.violatedDirective}`));
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_chromium() as browser:
        finish(show_payloads(Path(folder), browser.new_context(), PAYLOADS))


def show_payloads(
    folder: Path, context: BrowserContext, payloads: Sequence[str], languages: Sequence[str] = LANGUAGES
) -> dict[str, Any]:
    """What came of these payloads on every address, in these languages."""
    fill(folder, payloads)
    with serve_collector(folder) as collector:
        witness = Witness(context, payloads)
        for language in languages:
            witness.speak(collector, language)
            for room in ADDRESSES:
                witness.visit(collector, room)
            witness.visit_addresses(collector)
            say(f"{language}: {witness.visits} visits, {len(witness.complaints)} complaints")
    unseen = [payload for payload in payloads if payload not in witness.seen]
    return {
        "fault": "script payloads",
        "payloads": len(payloads),
        "fields": len(FIELDS),
        "visits": witness.visits,
        "complaints": witness.complaints[:20],
        "unseen": unseen[:20],
        "ok": bool(payloads) and not witness.complaints and not unseen,
    }


FIELDS = (
    *("version", "codex_version", "platform", "note", "expected_email", "expected_planType", "message", "userAgent"),
    *("account_email", "account_id", "expected_email of the reading", "expected_planType of the reading"),
    *("rate_planType", "balance", "limitId", "limitName", "reason", "source", "resetsAtIsoUtc", "bucket", "raw"),
)


def fill(folder: Path, payloads: Sequence[str]) -> None:
    """A host for each, whose accounts show it in as many ways as there are."""
    now = datetime.now(UTC)
    with open_past(folder) as (client, _):
        for number, payload in enumerate(payloads):
            key = tokens.create_token(Kind.AGENT, host_of(number), False, now)
            send(client, key, "/registry", registry(payload))
            items = [
                {"account_label": "good", "parsed": parsed(payload)},
                {"account_label": "blocked", "parsed": parsed(payload), "raw": {payload: [payload]}},
                {
                    "account_label": "failed",
                    "error": {"code": "network", "message": payload},
                    "parsed": parsed(payload),
                },
            ]
            told = [item | {"seq": seq, "observed_at": now.isoformat()} for seq, item in enumerate(items, start=1)]
            send(client, key, "/snapshots", {"epoch": "0" * 32, "sent_at": now.isoformat(), "items": told})


def host_of(number: int) -> str:
    return f"host-{number:03}"


def noted(payload: str) -> str:
    """As it is looked for: some payloads are the end of others."""
    return f"«{payload}»"


def registry(payload: str) -> dict[str, Any]:
    expected = {"good": {"expected_email": payload}, "blocked": {"expected_planType": f"{payload}!"}, "failed": {}}
    accounts = [{"account_label": label, "note": noted(payload), **more} for label, more in expected.items()]
    agent = dict.fromkeys(("version", "codex_version", "platform"), payload)
    return {"agent": agent | {"poll_interval_sec": 600}, "accounts": accounts}


def parsed(payload: str) -> dict[str, Any]:
    """A reading that says it wherever it can."""
    window = {"source": payload, "usedPercent": 40, "leftPercent": 60, "resetsAtIsoUtc": payload}
    windows = {"5h": window, "weekly": window | {"bucket": payload}}
    normalized = {
        "provider": "codex",
        "account_email": f"not {payload}",
        "account_id": payload,
        "expected_email": payload,
        "expected_planType": payload,
        "rate_planType": payload,
        "credits": {"hasCredits": True, "unlimited": False, "balance": payload},
        "windows": windows,
        "limits": [{"limitId": payload, "windows": windows}, {"limitName": payload, "windows": windows}],
        "blocked": {"reason": payload},
    }
    return {"userAgent": payload, "normalized": normalized}


@dataclass
class Witness:
    """Somebody who is signed in, goes everywhere, and notes what should not be."""

    context: BrowserContext
    payloads: Sequence[str]
    visits: int = 0
    complaints: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.expose_binding(
            "tell", lambda source, text: self.complaints.append(f"{source['page'].url}: {text}")
        )
        self.context.add_init_script(_TRIPWIRES)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("console", self._hear)
        self._page = self.context.new_page()

    def speak(self, collector: Collector, language: str) -> None:
        """Sign in, where that is still to be done, and choose the language."""
        self._page.goto(collector.run("signin-link", "--url", collector.url))
        self._page.get_by_test_id("accounts").wait_for()
        self._page.evaluate("language => localStorage.setItem('csf.language', language)", language)

    def visit(self, collector: Collector, room: str) -> None:
        """Once, or at each payload's own address where the room is about one account."""
        is_of_account = "{host}" in ADDRESSES[room]
        for number in range(len(self.payloads) if is_of_account else 1):
            open_room(self._page, collector.url, room, host=host_of(number), label="good")
            self._look()

    def visit_addresses(self, collector: Collector) -> None:
        """The list's own query takes any text too."""
        for payload in self.payloads:
            names = ("text", "state", "provider", "host", "sort", "group")
            self._page.goto(f"{collector.url}/?{urlencode(dict.fromkeys(names, payload))}")
            self._page.get_by_test_id("controls").wait_for()
            self._look()
        # The list would open as it was looked at last.
        self._page.evaluate("localStorage.removeItem('csf.view')")

    def _look(self) -> None:
        """Open what is folded, point at everything, and read it."""
        self.visits += 1
        page: Page = self._page
        page.evaluate(_POINT_AT_ALL)
        self.complaints += [f"{page.url}: {markup}" for markup in page.evaluate(_FOREIGN)]
        text = page.evaluate("document.getElementById('page').textContent")
        self.seen |= {payload for payload in self.payloads if noted(payload) in text}

    def _hear(self, line: Any) -> None:
        if line.type in {"error", "warning"}:
            self.complaints.append(f"{line.page.url if line.page else ''}: {line.text}")


if __name__ == "__main__":
    main()
