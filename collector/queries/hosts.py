"""Hosts, and what their agents say about themselves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.database import run, run_many, to_column
from collector.models import Host
from collector.queries import fleet
from collector.queries.many import fetch_for_each
from collector.states import HostFacts, HostState, judge_host
from collector.wire import Agent

# Of a delivery, from the time that counts as that of its arrival until it is committed.
_LONGEST_WAIT = timedelta(seconds=10)
_FACTS = "SELECT id, last_contact_at, poll_interval_sec, manual_refresh FROM host WHERE id IN ({marks})"
_RECORD_DELIVERY = """
    UPDATE host SET last_contact_at = ?, clock_skew_sec = ?, spool_items = ?, dropped = dropped + ?,
        stored = stored + ?, duplicate = duplicate + ?, rejected = rejected + ?
    WHERE id = ?
"""
_CLEAR_REPORT = """
    UPDATE host SET last_contact_at = NULL, agent_version = NULL, codex_version = NULL, platform = NULL,
        poll_interval_sec = NULL, manual_refresh = ?, clock_skew_sec = NULL, spool_items = NULL, dropped = 0,
        stored = 0, duplicate = 0, rejected = 0
    WHERE id = ?
"""


@dataclass(frozen=True)
class Report:
    """A batch that arrived: what its envelope says about its sender, and what became of its items."""

    host_id: int
    known: HostFacts
    """Of the host, before."""
    arrived_at: datetime
    skew_seconds: float
    spool_items: int | None
    dropped: int
    stored: int
    duplicate: int
    rejected: int


def find_or_create_id(name: str, now: datetime) -> int:
    Host.insert(name=name, created_at=now).on_conflict_ignore().execute()
    host: Host = Host.get(Host.name == name)
    return int(host.id)


def find_facts(host_ids: Collection[int]) -> dict[int, HostFacts]:
    return {row["id"]: fleet.host_facts(row) for row in fetch_for_each(_FACTS, host_ids)}


def get_facts(host_id: int) -> HostFacts:
    return find_facts([host_id])[host_id]


def record_contact(host_id: int, now: datetime) -> None:
    _end_silence(host_id, get_facts(host_id), now)
    run("UPDATE host SET last_contact_at = ? WHERE id = ?", (to_column(now), host_id))


def record_agent(host_id: int, agent: Agent) -> bool:
    """Keep what the agent says; True when that changes how its accounts are judged."""
    told = {
        "agent_version": agent.version,
        "codex_version": agent.codex_version,
        "platform": agent.platform,
        "poll_interval_sec": agent.poll_interval_sec,
        "manual_refresh": agent.manual_refresh,
    }
    known = Host.get_by_id(host_id)
    Host.update(told).where(Host.id == host_id).execute()
    rhythm = (known.poll_interval_sec, bool(known.manual_refresh))
    return rhythm != (agent.poll_interval_sec, agent.manual_refresh)


def record_deliveries(reports: Sequence[Report]) -> None:
    """`dropped` adds up: each batch tells only what was lost since the last one."""
    for report in reports:
        # Also a silence that began while this waited to be written: readers may have been told of it.
        _end_silence(report.host_id, report.known, report.arrived_at + _LONGEST_WAIT)
    run_many(_RECORD_DELIVERY, [_columns(report) for report in reports])


def clear_report(host_id: int) -> None:
    """As if it had never been heard of; part of a write."""
    run(_CLEAR_REPORT, (False, host_id))


def _columns(report: Report) -> tuple[Any, ...]:
    counts = (report.dropped, report.stored, report.duplicate, report.rejected)
    times = (to_column(report.arrived_at), report.skew_seconds)
    return (*times, report.spool_items, *counts, report.host_id)


def _end_silence(host_id: int, known: HostFacts, now: datetime) -> None:
    """A contact moves deadlines that have not passed, which shows nothing new. One after a silence does."""
    if judge_host(known, now) is HostState.SILENT:
        fleet.record_changes_of_host(host_id)
