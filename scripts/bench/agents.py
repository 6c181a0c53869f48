"""Agents of many hosts, as bytes to send: registered, and with snapshots of 1.25 KB that never say the same twice."""

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from load import post
from programs import Collector

BYTES = 1250
"""Of the body of a single snapshot."""
_EPOCH = "e" * 32


@dataclass(frozen=True)
class BenchAgent:
    """The agent of one host. Its snapshots are numbered by the clock, so that no run repeats another's."""

    host: str
    token: str
    labels: Sequence[str]

    def singles(self) -> Iterator[bytes]:
        return self.batches(1)

    def batches(self, size: int) -> Iterator[bytes]:
        """Requests with so many snapshots each, whose used percentages never stand still."""
        seq = time.time_ns() // 10_000
        for turn in itertools.count():
            labels = [self.labels[(turn * size + place) % len(self.labels)] for place in range(size)]
            items = [snapshot(label, seq + turn * size + place) for place, label in enumerate(labels)]
            yield post("/snapshots", self.token, json.dumps(envelope(items)).encode())


def envelope(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"epoch": _EPOCH, "sent_at": datetime.now(UTC).isoformat(), "items": items}


def snapshot(label: str, seq: int) -> dict[str, Any]:
    """As the agent makes one of codex's answer; padded where the answer has texts."""
    used, now = seq % 101, datetime.now(UTC)
    window = {"source": "primary", "usedPercent": used, "leftPercent": 100 - used, "windowDurationMins": 300}
    window |= {"resetsAt": 1795342809, "resetsAtIsoUtc": "2026-11-22T10:20:09Z"}
    normalized = {"provider": "codex", "account_email": f"{label}@example.com", "account_id": f"id-{label}"}
    normalized |= {"rate_planType": "plus", "windows": {"5h": window, "weekly": window}}
    slot = {"usedPercent": used, "windowDurationMins": 300, "resetsAt": 1795342809}
    limits = {"limitId": "codex", "primary": slot, "secondary": slot, "credits": None, "planType": "plus"}
    item = {
        "seq": seq,
        "account_label": label,
        "observed_at": now.isoformat(),
        "raw": {"rateLimits": limits, "filler": ""},
        "parsed": {"userAgent": "codex-status-fleet/0.169.0 (Debian 12; x86_64)", "normalized": normalized},
    }
    item["raw"]["filler"] = "x" * max(0, BYTES - len(json.dumps(envelope([item]))))
    return item


def join_agents(collector: Collector, hosts: int, accounts: int = 1) -> list[BenchAgent]:
    """Hosts with so many accounts each, as the API makes and registers them."""
    admin = {"Authorization": f"Bearer {collector.token('--kind', 'admin')}"}
    return [_join(collector.url, f"host-{number:03}", admin, accounts) for number in range(hosts)]


def _join(url: str, host: str, admin: dict[str, str], accounts: int) -> BenchAgent:
    made = requests.post(f"{url}/tokens", json={"kind": "agent", "host": host}, headers=admin, timeout=30).json()
    labels = [f"{host}-acc{number:03}" for number in range(accounts)]  # no login on two hosts
    agent = {"Authorization": f"Bearer {made['token']}"}
    registry = {"accounts": [{"account_label": label} for label in labels]}
    requests.post(f"{url}/registry", json=registry, headers=agent, timeout=30).raise_for_status()
    return BenchAgent(host, made["token"], labels)
