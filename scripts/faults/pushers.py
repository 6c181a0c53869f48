"""Agents that push as fast as they are let, keep what was not acknowledged, and remember what was."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from programs import Collector

Headers = dict[str, str]

ITEMS = 5
"""How many snapshots a batch holds; they are committed together."""
_GIVE_UP_SECONDS = 60


@dataclass(frozen=True)
class Batch:
    """Its snapshots up to `last_seq`, when it was first sent, and when it was acknowledged, by a monotonic clock."""

    last_seq: int
    sent_at: float
    acknowledged_at: float


class Pusher(threading.Thread):
    """One host's agent, which reads one of two accounts. What is not acknowledged it sends again, in order.

    It waits as long as it is told to, but no longer than its patience.
    """

    def __init__(self, url: str, host: str, admin: Headers, patience: float) -> None:
        super().__init__(daemon=True)
        self.host = host
        self.admin = admin
        self.batches: list[Batch] = []
        self.answers: Counter[str] = Counter()
        self.slowest_seconds = 0.0
        self.url = url
        self._patience = patience
        self._seq = 0
        self._is_over = threading.Event()
        wanted = {"kind": "agent", "host": host}
        made = requests.post(f"{url}/tokens", json=wanted, headers=admin, timeout=60).json()
        self.headers = {"Authorization": f"Bearer {made['token']}"}
        registry = {"accounts": [{"account_label": "acc1"}, {"account_label": "never-read"}]}
        requests.post(f"{self.url}/registry", json=registry, headers=self.headers, timeout=60).raise_for_status()

    @property
    def acknowledged(self) -> int:
        """All snapshots up to this one have been."""
        return self.batches[-1].last_seq if self.batches else 0

    def run(self) -> None:
        with requests.Session() as session:
            while not self._is_over.is_set():
                items = [self.item(self._seq + number) for number in range(1, ITEMS + 1)]
                self._deliver(session, items)
                self._seq += ITEMS

    def stop(self) -> None:
        self._is_over.set()
        self.join()

    def item(self, seq: int) -> dict[str, Any]:
        window = {"usedPercent": seq % 100, "leftPercent": 100 - seq % 100, "windowDurationMins": 300}
        parsed = {"userAgent": "pusher", "normalized": {"provider": "codex", "windows": {"5h": window}}}
        at = datetime.now(UTC).isoformat()
        return {"seq": seq, "account_label": "acc1", "observed_at": at, "error": None, "raw": {}, "parsed": parsed}

    def _deliver(self, session: requests.Session, items: Sequence[dict[str, Any]]) -> None:
        """Until it is acknowledged, or nobody waits for it any more."""
        sent_at = time.monotonic()
        while not self._is_over.is_set():
            pause = self.send(session, items)
            if pause is None:
                self.batches.append(Batch(items[-1]["seq"], sent_at, time.monotonic()))
                return
            self._is_over.wait(min(pause, self._patience))

    def send(self, session: requests.Session, items: Sequence[dict[str, Any]]) -> float | None:
        """None when all was taken; else after how many seconds to try again, as the answer tells."""
        response = self._post(session, {"epoch": "e" * 32, "sent_at": datetime.now(UTC).isoformat(), "items": items})
        if response is None:
            return 0.5
        if response.status_code != 200:
            self.answers["without Retry-After"] += "Retry-After" not in response.headers
            return float(response.headers.get("Retry-After", 5))
        fates = Counter(result["status"] for result in response.json()["results"])
        self.answers.update(fates)
        return None if fates["stored"] + fates["duplicate"] == len(items) else 5

    def _post(self, session: requests.Session, body: dict[str, Any]) -> requests.Response | None:
        """None where nobody answers. How often there was which answer is counted, and how long the slowest took."""
        began_at = time.monotonic()
        try:
            response = session.post(f"{self.url}/snapshots", json=body, headers=self.headers, timeout=30)
        except requests.ConnectionError:
            self.answers["none"] += 1
            return None
        except requests.Timeout:
            self.answers["none in 30 s"] += 1
            return None
        finally:
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began_at)
        self.answers[str(response.status_code)] += 1
        return response


@contextmanager
def pushing(
    collector: Collector, hosts: int, proxy_url: str | None = None, patience: float = _GIVE_UP_SECONDS
) -> Iterator[list[Pusher]]:
    """So many of them at work, perhaps through a proxy; when the block ends they stop."""
    admin = {"Authorization": f"Bearer {collector.token('--kind', 'admin')}"}
    pushers = [Pusher(collector.url, f"host-{number}", admin, patience) for number in range(hosts)]
    for pusher in pushers:
        pusher.url = proxy_url or collector.url
        pusher.start()
    try:
        yield pushers
    finally:
        for pusher in pushers:
            pusher.stop()


def wait_for_success(pushers: Sequence[Pusher], since: float) -> float:
    """Seconds until something that was first sent after `since` has been acknowledged."""
    while time.monotonic() < since + _GIVE_UP_SECONDS:
        newest = [pusher.batches[-1] for pusher in pushers if pusher.batches]
        if fresh := [batch.acknowledged_at for batch in newest if batch.sent_at > since]:
            return min(fresh) - since
        time.sleep(0.02)
    return float(_GIVE_UP_SECONDS)


def answers_of(pushers: Sequence[Pusher]) -> Counter[str]:
    total: Counter[str] = Counter()
    for pusher in pushers:
        total.update(pusher.answers)
    return total
