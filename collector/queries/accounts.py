"""Accounts: what a host says they are, and how they stand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.database import fetch_rows, from_column, run, to_column, write_transaction
from collector.errors import AmbiguousLabel, UnknownAccount
from collector.models import Account, Host
from collector.queries import fleet, hosts, logins
from collector.queries.logins import Place
from collector.queries.many import fetch_for_each
from collector.states import AccountFacts, stale_at
from collector.wire import Registry, RegistryEntry

_STANDINGS = """
    SELECT account.id, account.host_id, account.revision, account.label, host.name AS host, account.provider,
        account.enabled, account.expected_email, account.expected_plan_type, account.note, account.created_at,
        account.updated_at, host.last_contact_at, host.poll_interval_sec, host.manual_refresh,
        reading.attempted_at, reading.error_code, reading.error_message, reading.read_at, reading.observed_at,
        reading.email, reading.plan_type, reading.has_room, reading.identity, reading.raw_json, reading.parsed_json,
        EXISTS (
            SELECT 1 FROM reading AS other
            WHERE other.identity = reading.identity AND other.account_id <> reading.account_id
        ) AS is_elsewhere
    FROM account JOIN host ON host.id = account.host_id LEFT JOIN reading ON reading.account_id = account.id
    WHERE account.removed_at IS NULL
"""
# Most of what is stored, and not always wanted.
_STANDINGS_WITHOUT_RAW = _STANDINGS.replace("reading.raw_json", "NULL AS raw_json")
_READ_TIMES = """
    SELECT reading.account_id, reading.read_at FROM reading JOIN account ON account.id = reading.account_id
    WHERE account.host_id = ?
"""


@dataclass(frozen=True)
class Standing:
    """An account with its last good reading and its newest attempt; the JSON texts are as stored."""

    id: int
    host_id: int
    revision: int
    label: str
    host: str
    provider: str
    note: str
    created_at: datetime | None
    updated_at: datetime | None
    facts: AccountFacts
    error_message: str | None
    observed_at: datetime | None
    raw_json: str | None
    parsed_json: str | None
    also_at: list[Place]
    """Other registered accounts with the same login at the provider."""


def list_standings(
    label: str | None = None, host: str | None = None, with_raw: bool = True, is_removed: bool = False
) -> list[Standing]:
    """Registered accounts by host, then label; only those of `label` or `host` where one is given.

    `is_removed`: those that are no longer registered instead.
    """
    sql, values = _STANDINGS if with_raw else _STANDINGS_WITHOUT_RAW, []
    if is_removed:
        sql = sql.replace("removed_at IS NULL", "removed_at IS NOT NULL")
    for column, wanted in (("account.label", label), ("host.name", host)):
        if wanted is not None:
            sql += f" AND {column} = ?"
            values.append(wanted)
    return _standings(fetch_rows(sql + " ORDER BY host.name, account.label", values))


def list_standings_by_id(account_ids: Collection[int], host: str | None = None) -> list[Standing]:
    """As `list_standings`, for those of these accounts that are registered; in no order."""
    sql, before = (_STANDINGS, []) if host is None else (_STANDINGS + " AND host.name = ?", [host])
    return _standings(fetch_for_each(sql + " AND account.id IN ({marks})", account_ids, before))


def get_standing(label: str, host: str | None) -> Standing:
    """The one account of that label. Raises UnknownAccount, or AmbiguousLabel when several hosts use it."""
    found = list_standings(label=label, host=host)
    _require_one(label, [standing.host for standing in found])
    return found[0]


def get_account_id(label: str, host: str | None) -> int:
    """As `get_standing`; an account that is no longer registered counts where no registered one has the label."""
    query = Account.select(Account, Host).join(Host).where(Account.label == label)
    if host is not None:
        query = query.where(Host.name == host)
    everywhere = list(query.order_by(Host.name))
    found = [account for account in everywhere if account.removed_at is None] or everywhere
    _require_one(label, [account.host.name for account in found])
    return int(found[0].id)


def replace_registry(host_id: int, registry: Registry, now: datetime) -> None:
    """Make the accounts of this host, and of no other, those of `registry`; others keep their history."""
    with write_transaction():
        has_new_rhythm = registry.agent is not None and hosts.record_agent(host_id, registry.agent)
        known = {account.label: account for account in Account.select().where(Account.host == host_id)}
        changed: set[int] = set()
        for entry in registry.accounts:
            changed |= _register(host_id, known.pop(entry.account_label, None), entry, now)
        for account in known.values():
            changed |= _tombstone(account, now)
        _record_changes(changed)
        if has_new_rhythm:
            _move_deadlines(host_id)
        hosts.record_contact(host_id, now)


def remove(found: Iterable[Account], now: datetime) -> None:
    """These accounts are no longer shown, and keep their history. Part of a write."""
    _record_changes({account_id for account in found for account_id in _tombstone(account, now)})


def _record_changes(account_ids: set[int]) -> None:
    """They are shown otherwise, and so are those that are shown to be the same login."""
    fleet.record_changes(account_ids | logins.list_ids_of_same_login(account_ids))


def _move_deadlines(host_id: int) -> None:
    """By the rhythm that the host has now, its readings go stale at another time."""
    facts = hosts.get_facts(host_id)
    for account_id, read_at in run(_READ_TIMES, (host_id,)).fetchall():
        deadline = stale_at(from_column(read_at), facts)
        values = (None if deadline is None else to_column(deadline), account_id)
        run("UPDATE reading SET stale_at = ? WHERE account_id = ?", values)
    fleet.record_changes_of_host(host_id)


def _register(host_id: int, known: Account | None, entry: RegistryEntry, now: datetime) -> set[int]:
    """The account's id when that changed anything of it."""
    wanted = {
        "provider": entry.provider,
        "enabled": entry.enabled,
        "expected_email": entry.expected_email,
        "expected_plan_type": entry.expected_plan_type,
        "note": entry.note or "",
        "removed_at": None,
    }
    if known is None:
        created = Account.create(host=host_id, label=entry.account_label, created_at=now, updated_at=now, **wanted)
        return {created.id}
    if all(getattr(known, name) == value for name, value in wanted.items()):
        return set()
    Account.update(updated_at=now, **wanted).where(Account.id == known.id).execute()
    return {known.id}


def _tombstone(account: Account, now: datetime) -> set[int]:
    """As `_register`."""
    if account.removed_at is not None:
        return set()
    Account.update(removed_at=now).where(Account.id == account.id).execute()
    return {account.id}


def _require_one(label: str, hosts_with_label: list[str]) -> None:
    if not hosts_with_label:
        raise UnknownAccount("No registered account has this label.")
    if len(hosts_with_label) > 1:
        raise AmbiguousLabel(label, hosts_with_label)


def _standings(rows: Sequence[dict[str, Any]]) -> list[Standing]:
    places = logins.list_places({row["identity"] for row in rows if row["is_elsewhere"]})
    return [_standing(row, places.get(row["identity"], [])) for row in rows]


def _standing(row: dict[str, Any], places: Sequence[Place]) -> Standing:
    return Standing(
        id=row["id"],
        host_id=row["host_id"],
        revision=row["revision"],
        label=row["label"],
        host=row["host"],
        provider=row["provider"],
        note=row["note"],
        created_at=from_column(row["created_at"]),
        updated_at=from_column(row["updated_at"]),
        facts=_facts(row),
        error_message=row["error_message"],
        observed_at=from_column(row["observed_at"]),
        raw_json=row["raw_json"],
        parsed_json=row["parsed_json"],
        also_at=[place for place in places if place.account_id != row["id"]],
    )


def _facts(row: dict[str, Any]) -> AccountFacts:
    return AccountFacts(
        host=fleet.host_facts(row),
        enabled=bool(row["enabled"]),
        expected_email=row["expected_email"],
        expected_plan_type=row["expected_plan_type"],
        attempted_at=from_column(row["attempted_at"]),
        error_code=row["error_code"],
        read_at=from_column(row["read_at"]),
        email=row["email"],
        plan_type=row["plan_type"],
        has_room=bool(row["has_room"]),
    )
