"""A fleet of which each account was read once, and somebody who reads /latest: what its cost is measured with."""

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from collector import migrations, wire
from collector.app import create_app
from collector.database import run
from collector.queries import accounts, snapshots, tokens
from collector.queries.tokens import Kind
from collector.settings import Settings

HOSTS, ACCOUNTS_OF_HOST = 20, 50


class Fleet:
    """1,000 accounts on 20 hosts unless asked otherwise, on SQLite unless a URL is given, and one who may see them."""

    def __init__(self, folder: Path, hosts: int = HOSTS, database_url: str | None = None) -> None:
        self.now = datetime(2026, 11, 22, 9, 20, tzinfo=UTC)
        settings = Settings(data_dir=folder, database_url=database_url)
        self.app = create_app(settings, lambda: self.now)
        migrations.migrate(settings)
        self.token = tokens.create_token(Kind.VIEWER, None, False, self.now)
        self.seq = 0
        self.hosts = [self._add_host(f"host-{number:03}") for number in range(hosts)]

    def _add_host(self, name: str) -> int:
        tokens.create_token(Kind.AGENT, name, False, self.now)
        host_id = int(run("SELECT id FROM host WHERE name = ?", (name,)).fetchone()[0])
        labels = [f"account-{number:02}" for number in range(ACCOUNTS_OF_HOST)]
        registry = {
            "accounts": [{"account_label": label, "expected_email": f"{label}@example.com"} for label in labels]
        }
        accounts.replace_registry(host_id, wire.parse_registry(json.dumps(registry).encode()), self.now)
        self.push(host_id, labels, f"@{name}.example")
        return host_id

    def push(self, host_id: int, labels: list[str], email: str = "@example.com", used_percent: float = 42) -> None:
        items = [self._item(label, label + email, used_percent) for label in labels]
        body = {"epoch": f"{host_id:032x}", "sent_at": self.now.isoformat(), "items": items}
        snapshots.record_batch(host_id, *wire.parse_batch(json.dumps(body).encode()), self.now)

    def _item(self, label: str, email: str, used_percent: float) -> dict:
        self.seq += 1
        window = {"source": "primary", "usedPercent": used_percent, "leftPercent": 100 - used_percent}
        window |= {"windowDurationMins": 300, "resetsAt": 1795342809, "resetsAtIsoUtc": "2026-11-22T10:20:09Z"}
        normalized = {"provider": "codex", "account_email": email, "account_id": f"account-{email}"}
        normalized |= {"rate_planType": "plus", "windows": {"5h": window, "weekly": window}}
        slot = {"usedPercent": used_percent, "windowDurationMins": 300, "resetsAt": 1795342809}
        raw = {
            "rateLimits": {"limitId": "codex", "primary": slot, "secondary": slot, "credits": None, "planType": "plus"}
        }
        return {
            "seq": self.seq,
            "account_label": label,
            "observed_at": self.now.isoformat(),
            "raw": raw,
            "parsed": {"userAgent": "codex_cli_rs/0.169.0 (Debian 12; x86_64)", "normalized": normalized},
        }


@dataclass(frozen=True)
class Answer:
    seconds: float
    """Of processor time: others at work on the machine do not count."""
    status: int
    body: bytes
    etag: str

    @property
    def revision(self) -> str:
        """Found without parsing the answer: that is a reader's work, and leaves nothing of ours in the caches."""
        return re.search(rb'"revision":"([^"]+)"', self.body)[1].decode()


def get(app: Flask, token: str, path: str = "/latest", etag: str | None = None) -> Answer:
    """One request to the application, without a network in between."""
    headers = {"Authorization": f"Bearer {token}", **({"If-None-Match": etag} if etag else {})}
    environ = EnvironBuilder(path=path, headers=headers).get_environ()
    started = time.thread_time()
    parts, status, told = run_wsgi_app(app, environ)
    body = b"".join(parts)
    return Answer(time.thread_time() - started, int(status.split()[0]), body, told.get("ETag", ""))
