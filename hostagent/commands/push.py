"""`hostagent push`: read accounts now and deliver what was seen."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from hostagent.accounts import AccountsFile
from hostagent.collector_client import Collector
from hostagent.config import Config
from hostagent.delivery import Delivery, deliver
from hostagent.errors import ConfigError, Stopped
from hostagent.orphans import ending_orphans
from hostagent.probing import ShowProgress, probe_all
from hostagent.process import stop_on_signals
from hostagent.registration import registry_of
from hostagent.snapshot import Snapshot
from hostagent.spool import Spool
from hostagent.state_locks import only_deliverer
from hostagent.wire import Item, snapshot_item

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Push:
    """What was seen, and what the collector took of it (and of what had been waiting)."""

    snapshots: list[Snapshot]
    delivery: Delivery


def push(config: Config, accounts: AccountsFile, labels: Sequence[str], show: ShowProgress) -> Push:
    """Probe the named accounts (all enabled ones when none is named), then push registry and snapshots.

    Raises CollectorUnavailable with everything safe in the spool, ConfigError, UsageError,
    StateBusy, Stopped.
    """
    if not accounts.accounts:
        raise ConfigError(f"{config.accounts_file}: names no account; add one: hostagent add you@example.com")
    chosen = [accounts.find(label) for label in labels] or [a for a in accounts.accounts if a.enabled]
    collector = Collector(config)
    with stop_on_signals() as stop, ending_orphans(config.state_dir):
        snapshots = probe_all(chosen, config, stop, show)
    is_stopped = len(snapshots) < len(chosen)
    return Push(snapshots, deliver_now(config, accounts, collector, snapshots, is_stopped=is_stopped))


def deliver_now(
    config: Config,
    accounts: AccountsFile,
    collector: Collector,
    snapshots: Sequence[Snapshot],
    *,
    is_stopped: bool,
) -> Delivery:
    """Keep what was seen, and bring it and all that waits to the collector, behind a fresh registry."""
    spool, items = Spool(config.state_dir), [snapshot_item(snapshot) for snapshot in snapshots]
    is_kept = _try_to_keep(spool, items)
    if is_stopped:
        raise Stopped("stopped; what was seen goes with the next push")
    with only_deliverer(config.state_dir):
        registry = registry_of(config, accounts.accounts)
        collector.push_registry(registry)
        delivery = deliver(spool, collector, lambda: registry)
        if is_kept:
            return delivery
        # What was delivered has made room, if it was the spool that filled the disk.
        spool.add(items)
        last = deliver(spool, collector, lambda: registry)
    return Delivery(delivery.delivered + last.delivered, delivery.refused + last.refused)


def _try_to_keep(spool: Spool, items: list[Item]) -> bool:
    try:
        spool.add(items)
    except OSError as error:
        logger.warning("spool full: %s; what was seen is lost unless what waits can be delivered now", error.strerror)
        return False
    return True
