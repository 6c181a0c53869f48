"""The machines that report here, and how they are."""

from datetime import datetime
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from collector.auth import Scope, requires
from collector.clock import now
from collector.descriptions import answers
from collector.queries import host_reports
from collector.queries.host_reports import HostReport
from collector.routes.items import timestamp
from collector.states import HostState, judge_host
from collector.wire_answers import Hosts

blueprint = Blueprint("hosts", __name__)


@blueprint.get("/hosts")
@requires(Scope.READ)
@answers(Hosts)
def list_hosts() -> ResponseReturnValue:
    """Every host, also one that was never heard of; the interval is the one that its deadlines follow."""
    moment = now()
    return {"items": [_host_item(report, moment) for report in host_reports.list_reports()]}


def _host_item(report: HostReport, moment: datetime) -> dict[str, Any]:
    state, last_contact_at = judge_host(report.facts, moment), timestamp(report.facts.last_contact_at)
    return {
        "host": report.name,
        "state": state,
        "last_contact_at": last_contact_at,
        "silent_since": last_contact_at if state is HostState.SILENT else None,
        "agent_version": report.agent_version,
        "codex_version": report.codex_version,
        "platform": report.platform,
        "clock_skew_sec": report.clock_skew_seconds,
        "spool_items": report.spool_items,
        "dropped": report.dropped,
        "poll_interval_sec": round(report.facts.poll_interval.total_seconds()),
        "manual_refresh": report.facts.manual_refresh,
        "accounts": report.accounts,
    }
