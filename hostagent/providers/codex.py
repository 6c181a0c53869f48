"""Reads one Codex account by asking the official `codex app-server`."""

import logging
import time
from datetime import UTC, datetime

from hostagent.accounts import Account
from hostagent.app_server import PROBE_DEADLINE_SECONDS, read_rate_limits
from hostagent.codex_answers import Identity, Replies, is_too_old, user_agent
from hostagent.codex_home import codex_command, read_identity
from hostagent.codex_program import find_codex, read_version
from hostagent.config import Config
from hostagent.disk_room import has_room
from hostagent.errors import ConfigError, ProbeFault
from hostagent.home_lock import locked_home
from hostagent.process import StopRequest
from hostagent.providers.codex_faults import find_fault
from hostagent.providers.codex_readings import normalize
from hostagent.snapshot import Snapshot, SnapshotError

logger = logging.getLogger(__name__)


def probe(
    account: Account, config: Config, stop: StopRequest, deadline_seconds: float = PROBE_DEADLINE_SECONDS
) -> Snapshot:
    """Read the account once. Whatever codex or its upstream does becomes a Snapshot; raises Stopped only."""
    identity, replies = Identity(), Replies()
    fault: ProbeFault | None
    try:
        identity = read_identity(account.home)
        replies = _ask_codex(account, config, stop, deadline_seconds)
        fault = find_fault(replies)
    except ProbeFault as caught:
        # Without its traceback, which would keep all that codex wrote until the next garbage collection.
        fault = caught.with_traceback(None)
    except ConfigError:
        fault = ProbeFault("auth_unreadable")
    except OSError:
        fault = ProbeFault("codex_failed")
    return _snapshot(account, identity, replies, fault)


def _ask_codex(account: Account, config: Config, stop: StopRequest, deadline_seconds: float) -> Replies:
    deadline = time.monotonic() + deadline_seconds
    program = find_codex(config.codex_bin)
    # The first time it is asked, a program that answers nothing must leave time to be asked for more.
    version = read_version(program, config.state_dir, deadline_seconds / 3)
    if version is not None and is_too_old(version):
        raise ProbeFault("codex_too_old")
    with locked_home(account.home, stop, deadline - time.monotonic()) as lock:
        if not has_room(account.home):
            # It may renew the login, whose old tokens are worth nothing then, and could not keep the new ones.
            logger.warning("%s: the disk of its home is full, so codex is not started", account.label)
            raise ProbeFault("auth_temporary")
        command = codex_command(program, account.home, config, "app-server")
        return read_rate_limits(command, lock, stop, deadline - time.monotonic())


def _snapshot(account: Account, identity: Identity, replies: Replies, fault: ProbeFault | None) -> Snapshot:
    return Snapshot(
        account_label=account.label,
        observed_at=datetime.now(UTC),
        parsed={"userAgent": user_agent(replies), "normalized": normalize(replies, account, identity)},
        raw=None if fault or replies.rate_limits is None else replies.rate_limits["result"],
        error=SnapshotError.from_fault(fault) if fault else None,
    )
