"""The fleet in Prometheus's words: what was read as it was read, beside its age; what is not known has no series."""

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from collector.queries.accounts import Standing
from collector.queries.host_reports import HostReport
from collector.states import State, judge

_ACCOUNT = ("host", "account", "provider")
_HELP = {
    "fleet_window_used_ratio": (
        "Used share of a rate window of the main limit, 1 is all, as last read; gone once the window has begun anew."
    ),
    "fleet_window_reset_timestamp_seconds": "When the window begins anew, as last read; in the past: not read since.",
    "fleet_reading_age_seconds": "Time since the last good reading, whatever came after it.",
    "fleet_account_state": "1 for the state that the account is in, 0 for all others.",
    "fleet_host_last_contact_timestamp_seconds": "When the host's agent was last heard of.",
    "fleet_spool_items": "Snapshots that waited on the host when it last delivered some.",
    "fleet_snapshots_dropped": "Snapshots that the host's agent had to give up.",
    "fleet_snapshots": "Snapshots that the host's agent pushed, by what became of them.",
}


class _Window(msgspec.Struct, rename="camel"):
    used_percent: float | None = None
    left_percent: float | None = None
    resets_at: float | None = None
    bucket: str | None = None

    @property
    def used_ratio(self) -> float | None:
        if self.used_percent is not None:
            return self.used_percent / 100
        return None if self.left_percent is None else 1 - self.left_percent / 100


class _Normalized(msgspec.Struct):
    windows: dict[str, _Window] | None = None


class _Parsed(msgspec.Struct):
    """What is needed here of a stored `parsed`; it was checked when it came."""

    normalized: _Normalized | None = None


# Made now: of a type that is new to it, msgspec lets two threads at once crash the process.
_PARSED = msgspec.json.Decoder(_Parsed)


@dataclass(frozen=True, eq=False)
class FleetMetrics(Collector):
    """The metrics of one scrape. `name_of` gives the name under which an account of that label is shown."""

    accounts: Iterable[Standing]
    hosts: Iterable[HostReport]
    name_of: Callable[[str], str]
    now: datetime

    def collect(self) -> Iterator[Metric]:
        yield from self._collect_accounts()
        yield from self._collect_hosts()

    def _collect_accounts(self) -> tuple[Metric, ...]:
        used = _gauge("fleet_window_used_ratio", *_ACCOUNT, "window")
        reset = _gauge("fleet_window_reset_timestamp_seconds", *_ACCOUNT, "window")
        age = _gauge("fleet_reading_age_seconds", *_ACCOUNT)
        state = _gauge("fleet_account_state", *_ACCOUNT, "state")
        for account in self.accounts:
            names = [account.host, self.name_of(account.label), account.provider]
            self._add_windows(used, reset, names, account)
            if account.observed_at is not None:
                age.add_metric(names, (self.now - account.observed_at).total_seconds())
            found = judge(account.facts, self.now).state
            for each in State:
                state.add_metric([*names, each], each is found)
        return used, reset, age, state

    def _add_windows(
        self, used: GaugeMetricFamily, reset: GaugeMetricFamily, names: list[str], account: Standing
    ) -> None:
        for name, window in _windows(account.parsed_json).items():
            resets_at, ratio = window.resets_at, window.used_ratio
            if resets_at is not None:
                reset.add_metric([*names, name], resets_at)
            # What was used of a window that is over says nothing of the one that followed.
            if ratio is not None and (resets_at is None or resets_at > self.now.timestamp()):
                used.add_metric([*names, name], ratio)

    def _collect_hosts(self) -> tuple[Metric, ...]:
        contact = _gauge("fleet_host_last_contact_timestamp_seconds", "host")
        spool = _gauge("fleet_spool_items", "host")
        dropped = _counter("fleet_snapshots_dropped", "host")
        pushed = _counter("fleet_snapshots", "host", "result")
        for host in self.hosts:
            if host.facts.last_contact_at is not None:
                contact.add_metric([host.name], host.facts.last_contact_at.timestamp())
            if host.spool_items is not None:
                spool.add_metric([host.name], host.spool_items)
            dropped.add_metric([host.name], host.dropped)
            for result in ("stored", "duplicate", "rejected"):
                pushed.add_metric([host.name, result], getattr(host, result))
        return contact, spool, dropped, pushed


def mask(key: str, label: str) -> str:
    """A name for the label that tells nothing of it, and is the same in every scrape of a database."""
    return hmac.digest(key.encode(), label.encode(), "sha256").hex()[:12]


def _windows(parsed_json: str | None) -> dict[str, _Window]:
    """Without buckets: one that refills all the time was full again before anybody looks."""
    if parsed_json is None:
        return {}
    normalized = _PARSED.decode(parsed_json).normalized
    windows = (normalized and normalized.windows) or {}
    return {name: window for name, window in windows.items() if window.bucket is None}


def _gauge(name: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, _HELP[name], labels=labels)


def _counter(name: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, _HELP[name], labels=labels)
