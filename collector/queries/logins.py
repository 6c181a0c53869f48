"""Where accounts are, and which of them are the same login at their provider."""

from collections.abc import Collection
from dataclasses import dataclass

from collector.queries.many import fetch_for_each

_PLACES = """
    SELECT account.id, host.name AS host, account.label FROM account JOIN host ON host.id = account.host_id
    WHERE account.id IN ({marks})
"""
_PLACES_OF_LOGIN = """
    SELECT reading.identity, account.id, host.name AS host, account.label
    FROM reading JOIN account ON account.id = reading.account_id JOIN host ON host.id = account.host_id
    WHERE account.removed_at IS NULL AND reading.identity IN ({marks})
"""
_IDS = "SELECT account_id FROM reading WHERE identity IN ({marks})"
_IDS_OF_SAME = """
    SELECT account_id FROM reading WHERE identity IN (SELECT identity FROM reading WHERE account_id IN ({marks}))
"""


@dataclass(frozen=True, order=True)
class Place:
    """The host and the label of an account; in their order."""

    host: str
    label: str
    account_id: int


def list_places_of(account_ids: Collection[int], host: str | None) -> list[Place]:
    """Also of accounts that are no longer registered; only those on `host` where one is given."""
    rows = fetch_for_each(_PLACES, account_ids)
    return sorted(Place(row["host"], row["label"], row["id"]) for row in rows if host in {None, row["host"]})


def list_places(identities: Collection[str]) -> dict[str, list[Place]]:
    """The registered accounts of each login, by host, then label."""
    places: dict[str, list[Place]] = {}
    for row in fetch_for_each(_PLACES_OF_LOGIN, identities):
        places.setdefault(row["identity"], []).append(Place(row["host"], row["label"], row["id"]))
    return {identity: sorted(found) for identity, found in places.items()}


def list_account_ids(identities: Collection[str]) -> set[int]:
    """The accounts of these logins, registered or not."""
    return {row["account_id"] for row in fetch_for_each(_IDS, identities)}


def list_ids_of_same_login(account_ids: Collection[int]) -> set[int]:
    """The accounts whose login is that of one of these, by their last good readings."""
    return {row["account_id"] for row in fetch_for_each(_IDS_OF_SAME, account_ids)}
