#!/usr/bin/env python3
"""Every route of a served collector, called over HTTP by every kind of caller: who gets in has to be as promised.

Type: .venv/bin/python scripts/faults/access_matrix.py
The tests do the same within one process; here tokens are made and revoked through the API, and browsers keep their
cookies themselves. Takes about a minute.
"""

import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import requests
from access import EXPECTED, WHO
from programs import serve_collector
from verdict import finish, say

ADMIN = f"csfm_0a1b2c3d4e5f_{'0123456789abcdef' * 4}"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
OTHER_SITE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
BODIES = {
    "POST /refresh": {"host": "mac-mini"},
    "POST /registry": {"host": "mac-mini", "accounts": [{"account_label": "acc1"}]},
    "POST /snapshots": {"host": "mac-mini", "epoch": "e" * 32, "sent_at": "2026-11-22T09:20:12Z", "items": []},
    "POST /tokens": {"kind": "viewer"},
}

# What stands for the variables of a path; ids are those of a token and a session that are made for it.
VALUES = {
    "host": "gone",
    "label": "acc1",
    "path:name": "icon.svg",
    "path:room": "hosts",
    "token_id": "",
    "session_id": "",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        finish(call_all(Path(folder), EXPECTED))


def call_all(folder: Path, routes: Iterable[str]) -> dict[str, Any]:
    """Call these routes as everybody; what was answered otherwise than promised."""
    answers, wrong = 0, []
    with serve_collector(folder, COLLECTOR_ADMIN_TOKEN=ADMIN) as collector:
        fleet = Fleet(collector.url, folder / "collector.sqlite3")
        for route in routes:
            for who, expected in zip(WHO, EXPECTED[route], strict=True):
                status = fleet.call_as(who, route)
                answers += 1
                if status != expected:
                    wrong.append(f"{route} as {who}: {status}, not {expected}")
            say(f"{route}: {answers} answers, {len(wrong)} wrong")
    return {"fault": "access matrix", "answers": answers, "wrong": wrong[:20], "ok": not wrong and answers > 0}


@dataclass
class Fleet:
    """A collector with two hosts, and one that is gone."""

    url: str
    database: Path

    def __post_init__(self) -> None:
        self._agent = self._make_token(kind="agent", host="mac-mini")
        self._send("POST", "/registry", self._agent, json={"accounts": [{"account_label": "acc1"}]})
        gone = self._make_token(kind="agent", host="gone")
        self._send("POST", "/registry", gone, json={"accounts": [{"account_label": "acc1"}]})
        self._send("POST", "/registry", gone, json={"accounts": []})

    def call_as(self, who: str, route: str) -> int:
        method, rule = route.split()
        body = {"token": self._make_token(kind="viewer")} if route == "POST /session" else BODIES.get(route)
        with self._browser(who) if "page" in who or "site" in who else self._program(who) as caller:
            return caller.request(method, self.url + self._path(route, rule), json=body, timeout=30).status_code

    def _program(self, who: str) -> requests.Session:
        caller = requests.Session()
        if who != "nobody":
            caller.headers["Authorization"] = f"Bearer {self._token_of(who)}"
        return caller

    def _token_of(self, who: str) -> str:
        if who in {"malformed", "admin"}:
            return {"malformed": "csfv_0_0", "admin": ADMIN}[who]
        if who in {"agent", "other_agent"}:
            return self._agent if who == "agent" else self._make_token(kind="agent", host="other")
        token = self._make_token(kind="viewer", read_only=who == "read_only")
        if who == "revoked":
            self._revoke(token)
        return token[:-1] + ("0" if token[-1] != "0" else "1") if who == "forged" else token

    def _browser(self, who: str) -> requests.Session:
        """One that has signed in, and what became of that since."""
        browser = requests.Session()
        token = self._make_token(kind="viewer" if who == "viewer_page" else "admin")
        signed_in = browser.post(f"{self.url}/session", json={"token": token}, headers=OWN_PAGE, timeout=30)
        signed_in.raise_for_status()
        browser.headers.update(OTHER_SITE if who == "other_site" else OWN_PAGE)
        if who == "revoked_page":
            self._revoke(token)
        if who == "expired_page":
            self._let_expire(browser)
        return browser

    def _let_expire(self, browser: requests.Session) -> None:
        [secret] = browser.cookies.values()
        with closing(sqlite3.connect(self.database)) as connection, connection:
            digest = sha256(secret.encode()).hexdigest()
            connection.execute("UPDATE session SET last_seen_at = '2020-01-01 00:00:00' WHERE id = ?", (digest,))

    def _path(self, route: str, rule: str) -> str:
        """To something that is there to be read, or to be ended by whoever may."""
        values = dict(VALUES)
        if "_id>" in rule:
            with self._browser("viewer_page"):
                session = self._send("GET", "/sessions", ADMIN).json()["items"][-1]
            values |= {"token_id": session["token_id"], "session_id": session["id"]}
        path = re.sub("<(.*?)>", lambda variable: values[variable[1]], rule)
        if route != "GET /refresh":
            return path
        return f"{path}?id={self._send('POST', '/refresh', ADMIN, json={}).json()['refresh_id']}"

    def _make_token(self, **wanted: Any) -> str:
        token: str = self._send("POST", "/tokens", ADMIN, json=wanted).json()["token"]
        return token

    def _revoke(self, token: str) -> None:
        self._send("DELETE", f"/tokens/{token.split('_')[1]}", ADMIN)

    def _send(self, method: str, path: str, token: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        response = requests.request(method, self.url + path, headers=headers, timeout=30, **options)
        response.raise_for_status()
        return response


if __name__ == "__main__":
    main()
