"""The fleet as a whole: what has changed of it, and which deadlines have passed."""

import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.database import fetch_rows, from_column, run, to_column
from collector.queries.many import run_for_each
from collector.states import DEFAULT_POLL_INTERVAL, SILENT_AT_LEAST, HostFacts, silent_at

_EDITION = re.compile(r"([0-9a-f]{32})\.([0-9]{1,18})\.([0-9]{1,16})", re.ASCII)
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Hosts that were just heard of cannot be silent, whatever their rhythm: usually these are all.
_PRESENT = """
    SELECT fleet.database_id, fleet.revision, (SELECT max(stale_at) FROM reading WHERE stale_at <= ?) AS last_stale,
        host.id, host.last_contact_at, host.poll_interval_sec, host.manual_refresh
    FROM fleet LEFT JOIN host ON host.last_contact_at <= ?
"""
_NEXT_STALE = "SELECT min(stale_at) FROM reading WHERE stale_at > ?"
_HOSTS = "SELECT id, last_contact_at, poll_interval_sec, manual_refresh FROM host"
_CHANGED = "SELECT id FROM account WHERE revision > ?"
_GONE_STALE = "SELECT account_id FROM reading WHERE stale_at > ? AND stale_at <= ?"
_ACCOUNTS_OF_HOST = "SELECT id FROM account WHERE host_id = ?"


@dataclass(frozen=True)
class Edition:
    """What `/latest` shows at a time. Equal editions show the same; the text is opaque to clients.

    The revision counts what is written. What only time changes is told by the newest deadline that has passed: at one
    revision none can come to lie before it, because a silent host that is heard of again raises the revision.
    """

    database_id: str
    """Another one after a restore, and after rows that readers know have been deleted."""
    revision: int
    passed_at: datetime
    """Where no deadline has passed, long ago."""

    def __str__(self) -> str:
        return f"{self.database_id}.{self.revision}.{(self.passed_at - _UNIX_EPOCH) // timedelta(microseconds=1)}"


@dataclass(frozen=True)
class Present:
    """The fleet at one moment. Whatever is written after it was read shows again under a later edition."""

    edition: Edition
    now: datetime
    silent_hosts: Mapping[int, datetime]
    """By the id of each host that is silent, from when on it was."""


def get_mask_key() -> str:
    """What labels are masked with for those who read metrics only."""
    return str(run("SELECT mask_key FROM fleet").fetchone()[0])


def parse_edition(text: str) -> Edition | None:
    """None for what is none of ours."""
    found = _EDITION.fullmatch(text)
    if found is None:
        return None
    return Edition(found[1], int(found[2]), _UNIX_EPOCH + timedelta(microseconds=int(found[3])))


def read_present(now: datetime) -> Present:
    """Costs no look at any account: few small rows and the end of an index."""
    rows = fetch_rows(_PRESENT, (to_column(now), to_column(now - SILENT_AT_LEAST)))
    silent = {host: deadline for host, deadline in _host_deadlines(rows) if deadline <= now}
    last_stale = from_column(rows[0]["last_stale"])
    passed_at = max(silent.values(), default=_UNIX_EPOCH)
    if last_stale is not None:
        passed_at = max(passed_at, last_stale)
    return Present(Edition(rows[0]["database_id"], rows[0]["revision"], passed_at), now, silent)


def next_deadline(present: Present) -> datetime | None:
    """When time alone will change what is shown, unless something is written before."""
    next_stale = from_column(run(_NEXT_STALE, (to_column(present.now),)).fetchone()[0])
    deadlines = [deadline for _, deadline in _host_deadlines(fetch_rows(_HOSTS))]
    if next_stale is not None:
        deadlines.append(next_stale)
    return min((deadline for deadline in deadlines if deadline > present.now), default=None)


def list_changed_ids(since: Edition, present: Present) -> set[int] | None:
    """Accounts, removed ones too, that may be shown otherwise than at `since`. None when that cannot be told."""
    current = present.edition
    if since.database_id != current.database_id or since.revision > current.revision or since.passed_at > present.now:
        return None
    changed = _ids(_CHANGED, since.revision) if since.revision < current.revision else set()
    return changed | _passed_ids(since.passed_at, present)


def record_changes(account_ids: Collection[int]) -> None:
    """These accounts are shown otherwise from now on. Part of the write that changed them."""
    if not account_ids:
        return
    # Its row stays locked until the commit, so revisions become visible in their order.
    revision = run("UPDATE fleet SET revision = revision + 1 RETURNING revision").fetchone()[0]
    run_for_each("UPDATE account SET revision = ? WHERE id IN ({marks})", (revision,), account_ids)


def record_changes_of_host(host_id: int) -> None:
    """As `record_changes`, for all accounts of the host."""
    record_changes(_ids(_ACCOUNTS_OF_HOST, host_id))


def begin_anew() -> None:
    """What readers know cannot be compared any more: they are told everything again. Part of a write."""
    run("UPDATE fleet SET database_id = ?, revision = revision + 1", (secrets.token_hex(16),))


def host_facts(row: dict[str, Any]) -> HostFacts:
    """From the columns of a host."""
    seconds = row["poll_interval_sec"]
    return HostFacts(
        last_contact_at=from_column(row["last_contact_at"]),
        poll_interval=DEFAULT_POLL_INTERVAL if seconds is None else timedelta(seconds=seconds),
        manual_refresh=bool(row["manual_refresh"]),
    )


def _host_deadlines(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, datetime]]:
    """When each host is called silent; without those that were never heard of."""
    for row in rows:
        deadline = silent_at(host_facts(row))
        if deadline is not None:
            yield row["id"], deadline


def _passed_ids(after: datetime, present: Present) -> set[int]:
    """Accounts with a deadline, their own or their host's, later than `after` and not later than now."""
    if after >= present.edition.passed_at:
        return set()
    found = _ids(_GONE_STALE, to_column(after), to_column(present.now))
    for host_id, deadline in present.silent_hosts.items():
        if deadline > after:
            found |= _ids(_ACCOUNTS_OF_HOST, host_id)
    return found


def _ids(sql: str, *values: Any) -> set[int]:
    return {row[0] for row in run(sql, values).fetchall()}
