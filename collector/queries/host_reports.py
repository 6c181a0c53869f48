"""Hosts as readers see them."""

from dataclasses import dataclass
from typing import Any

from collector.database import fetch_rows
from collector.queries import fleet
from collector.states import HostFacts

_REPORTS = """
    SELECT host.name, host.last_contact_at, host.agent_version, host.codex_version, host.platform,
        host.poll_interval_sec, host.manual_refresh, host.clock_skew_sec, host.spool_items, host.dropped,
        host.stored, host.duplicate, host.rejected,
        (SELECT count(*) FROM account WHERE account.host_id = host.id AND account.removed_at IS NULL) AS accounts
    FROM host
    WHERE EXISTS (SELECT 1 FROM token WHERE token.host_id = host.id AND token.revoked_at IS NULL)
        OR EXISTS (SELECT 1 FROM account WHERE account.host_id = host.id AND account.removed_at IS NULL)
    ORDER BY host.name
"""


@dataclass(frozen=True)
class HostReport:
    """What a host's agent says of itself, and how many accounts it names. None: it has not said."""

    name: str
    facts: HostFacts
    agent_version: str | None
    codex_version: str | None
    platform: str | None
    clock_skew_seconds: float | None
    spool_items: int | None
    dropped: int
    stored: int
    duplicate: int
    rejected: int
    accounts: int


def list_reports() -> list[HostReport]:
    """Every host that has an account or a token that is still good, by name."""
    return [_report(row) for row in fetch_rows(_REPORTS)]


def _report(row: dict[str, Any]) -> HostReport:
    return HostReport(
        name=row["name"],
        facts=fleet.host_facts(row),
        agent_version=row["agent_version"],
        codex_version=row["codex_version"],
        platform=row["platform"],
        clock_skew_seconds=row["clock_skew_sec"],
        spool_items=row["spool_items"],
        dropped=row["dropped"],
        stored=row["stored"],
        duplicate=row["duplicate"],
        rejected=row["rejected"],
        accounts=row["accounts"],
    )
