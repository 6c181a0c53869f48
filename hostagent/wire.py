"""What this host sends, in the words of the wire format. The collector's own wire module is the authority."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hostagent.accounts import Account
from hostagent.snapshot import Snapshot
from hostagent.wire_limits import MAX_BODY_BYTES, MAX_ITEMS, MAX_RAW_BYTES, is_sendable

# Where a raw answer stands in a body: batch, items, item, raw.
_RAW_DEPTH = 4
# Leaves room in a body for what stands around the items.
_MAX_BATCH_BYTES = MAX_BODY_BYTES - 4096

Item = dict[str, Any]


def encode(document: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def snapshot_item(snapshot: Snapshot) -> Item:
    """The item of a batch, still without its `seq`."""
    error = snapshot.error
    return {
        "account_label": snapshot.account_label,
        "observed_at": timestamp(snapshot.observed_at),
        "refresh_cursor": snapshot.refresh_cursor,
        "error": {"code": error.code, "message": error.message} if error else None,
        "raw": _bounded(snapshot.raw),
        "parsed": snapshot.parsed,
    }


def _bounded(raw: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The answer as it came; only its size where it is over 64 KiB or not fit for the wire."""
    if raw is None:
        return None
    size = len(json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
    return raw if size <= MAX_RAW_BYTES and is_sendable(raw, _RAW_DEPTH) else {"omitted": size}


def split_into_batches(items: Iterable[Item]) -> list[list[Item]]:
    """The same items in order, in batches that the collector takes."""
    batches: list[list[Item]] = []
    room = 0
    for item in items:
        size = len(encode(item)) + 1
        if not batches or len(batches[-1]) == MAX_ITEMS or size > room:
            batches.append([])
            room = _MAX_BATCH_BYTES
        batches[-1].append(item)
        room -= size
    return batches


def snapshots_body(epoch: str, items: Sequence[Item], dropped: int, spool_items: int) -> dict[str, Any]:
    """A batch, stamped with this moment: the collector reads the skew of our clock from it."""
    return {
        "epoch": epoch,
        "sent_at": timestamp(datetime.now(UTC)),
        "dropped": dropped,
        "spool_items": spool_items,
        "items": list(items),
    }


def registry_body(host: str, agent: Mapping[str, Any], accounts: Iterable[Account]) -> dict[str, Any]:
    """What this host says its accounts are. Paths, homes and secrets have no place in it."""
    return {
        "host": host,
        "agent": dict(agent),
        "accounts": [
            {
                "account_label": account.label,
                "provider": account.provider,
                "enabled": account.enabled,
                "expected_email": account.expected_email,
                "expected_planType": account.expected_plan_type,
                "note": account.note,
            }
            for account in accounts
        ],
    }


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, like 2026-11-22T09:20:12.000Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
