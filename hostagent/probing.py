"""Probes accounts, several at once, each by its provider's module."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime

from hostagent.accounts import Account
from hostagent.config import Config
from hostagent.errors import ProbeFault, Stopped
from hostagent.process import StopRequest
from hostagent.providers import anthropic, codex
from hostagent.snapshot import Snapshot, SnapshotError

logger = logging.getLogger(__name__)

# A snapshot as it comes, how many have come by then, and how many there are to be.
ShowProgress = Callable[[Snapshot, int, int], None]

_PROBES: dict[str, Callable[[Account, Config, StopRequest], Snapshot]] = {
    "codex": codex.probe,
    "anthropic": anthropic.probe,
}


def probe_account(account: Account, config: Config, stop: StopRequest) -> Snapshot:
    """Read one account. Raises Stopped only: a mistake of ours is logged and becomes a snapshot like any failure."""
    if stop.is_set():
        raise Stopped("stopped before this account was read")
    try:
        return _PROBES[account.provider](account, config, stop)
    except Stopped:
        raise
    except Exception:
        logger.exception("the probe of %s failed", account.label)
        error = SnapshotError.from_fault(ProbeFault("internal"))
        return Snapshot(account.label, datetime.now(UTC), {"normalized": {"provider": account.provider}}, error=error)


def probe_all(accounts: Sequence[Account], config: Config, stop: StopRequest, show: ShowProgress) -> list[Snapshot]:
    """Read all of them, `config.concurrency` at a time; `show` gets each as it comes.

    After a stop request only those that were read already are returned.
    """
    snapshots = []
    with ThreadPoolExecutor(config.concurrency, thread_name_prefix="probe") as pool:
        futures = [pool.submit(probe_account, account, config, stop) for account in accounts]
        for future in as_completed(futures):
            with contextlib.suppress(Stopped):
                snapshots.append(future.result())
                show(snapshots[-1], len(snapshots), len(accounts))
    return snapshots
