"""Brings what waits in the spool to the collector, oldest first, one request in flight."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hostagent.batch_files import Batch
from hostagent.collector_client import Collector, ItemResult
from hostagent.errors import CollectorUnavailable, RequestRefused
from hostagent.spool import Spool
from hostagent.wire import Item, snapshots_body


@dataclass
class Delivery:
    """How many snapshots the collector has now, and which it will never take (label and code)."""

    delivered: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def deliver(spool: Spool, collector: Collector, registry: Callable[[], Mapping[str, Any]]) -> Delivery:
    """Send all that waits. Raises CollectorUnavailable or TokenRefused; what is left then stays in the spool.

    `registry` is pushed once more when the collector does not know an account, as after it lost its database.
    """
    delivery = Delivery()
    if _deliver_waiting(spool, collector, registry, delivery):
        # The collector knew other snapshots under our numbers: they have new ones now and are sent once more.
        _deliver_waiting(spool, collector, registry, delivery)
    return delivery


def _deliver_waiting(
    spool: Spool, collector: Collector, registry: Callable[[], Mapping[str, Any]], delivery: Delivery
) -> bool:
    """True when something has to go again under new numbers, and has been put into the spool for that."""
    has_conflict = False
    waiting = spool.count_items()
    for batch in spool.batches():
        results = _send(collector, batch, waiting)
        unknown = [item for item in batch.items if _code(results, item) == "unknown_account"]
        if unknown:
            collector.push_registry(registry())
            results |= _send(collector, replace(batch, items=unknown, dropped=0), waiting)
        again = _settle(spool, batch, results, delivery)
        if again:
            has_conflict = True
            spool.take_new_epoch()
            spool.add(again)
        if batch.dropped and results[batch.items[0]["seq"]].status == "refused":
            # The body that told it was not taken in.
            spool.add([], batch.dropped)
        spool.remove(batch)
        # Not below nothing: by its name a renamed file held less.
        waiting = max(0, waiting - len(batch.items))
    return has_conflict


def _code(results: Mapping[int, ItemResult], item: Item) -> str | None:
    result = results.get(item["seq"])
    return result.code if result else None


def _send(collector: Collector, batch: Batch, spool_items: int) -> dict[int, ItemResult]:
    """Each item's fate by its seq. A batch that is refused as a whole is halved until the bad item stands alone.

    That one is `refused`: unlike `rejected`, nothing of its body was taken in.
    """
    body = snapshots_body(batch.epoch, batch.items, batch.dropped, spool_items)
    try:
        return {result.seq: result for result in collector.push_snapshots(body)}
    except RequestRefused as refusal:
        if len(batch.items) == 1:
            return {batch.items[0]["seq"]: ItemResult(batch.items[0]["seq"], "refused", refusal.code)}
        half = len(batch.items) // 2
        first = _send(collector, replace(batch, items=batch.items[:half]), spool_items)
        return first | _send(collector, replace(batch, items=batch.items[half:], dropped=0), spool_items)


def _settle(spool: Spool, batch: Batch, results: dict[int, ItemResult], delivery: Delivery) -> list[Item]:
    """Count what arrived, keep what was refused, and return what has to go again under a new number."""
    missing = [item["seq"] for item in batch.items if item["seq"] not in results]
    if missing:
        raise CollectorUnavailable("the collector's answer leaves snapshots out; they stay in the spool")
    refused, again = [], []
    for item in batch.items:
        result = results[item["seq"]]
        if result.status in {"stored", "duplicate"}:
            delivery.delivered += 1
        elif result.code == "seq_conflict":
            again.append({key: value for key, value in item.items() if key != "seq"})
        else:
            refused.append((item, result.code))
    if refused:
        spool.set_aside(batch, refused)
        delivery.refused += [(item["account_label"], code or "rejected") for item, code in refused]
    return again
