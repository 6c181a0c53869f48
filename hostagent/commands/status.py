"""`hostagent status`: what waits on this host and who is read next, by its state folder. Changes nothing in there."""

import fcntl
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hostagent.accounts import Account, AccountsFile
from hostagent.batch_files import count_by_name, list_batch_files
from hostagent.config import Config
from hostagent.pauses import Pause, read_pauses
from hostagent.rounds import read_next_round, read_single_round
from hostagent.spool import count_untold

# A timer counts from the end of one round to the next, and a round takes its time.
_LATE_ROUNDS = 2
_ROUND_SECONDS = 300.0
_CLOCK_SECONDS = 60.0


@dataclass(frozen=True)
class AccountStatus:
    """`next_probe_in`: seconds until a round reads it; None where none will, or nobody can know.

    `pause`: why it is left alone; None when it is not, or its login file has changed since.
    """

    account: Account
    next_probe_in: float | None
    pause: Pause | None


@dataclass(frozen=True)
class Status:
    """Ages are in seconds; None where there is nothing to tell the age of.

    `last_delivery_age`: since the spool became empty; None while something waits, which is then older than
    `oldest_waiting_age` tells, and before the first push. `dropped`: the collector does not know of these yet.
    `timer_round_age`: since the last `run --once` ended; None beside a daemon, and when no timer seems to be at work.
    """

    is_running: bool
    timer_round_age: float | None
    is_manual: bool
    waiting: int
    oldest_waiting_age: float | None
    refused: int
    corrupt: int
    dropped: int
    last_snapshot_age: float | None
    last_delivery_age: float | None
    accounts: Sequence[AccountStatus]


def status(config: Config, accounts: AccountsFile) -> Status:
    """Also without a state folder: then nothing has happened yet."""
    spool = config.state_dir / "spool"
    last_snapshot_age = _age(config.state_dir / "sequence.json")
    waiting = list_batch_files(spool)
    is_running = is_agent_running(config.state_dir)
    return Status(
        is_running=is_running,
        timer_round_age=None if is_running else timer_round_age(config),
        is_manual=config.manual_refresh,
        waiting=sum(map(count_by_name, waiting)),
        oldest_waiting_age=max((age for path in waiting if (age := _age(path)) is not None), default=None),
        refused=_count_lines((config.state_dir / "refused").glob("*.jsonl")),
        corrupt=len(list_batch_files(config.state_dir / "corrupt")),
        dropped=count_untold(config.state_dir),
        last_snapshot_age=last_snapshot_age,
        last_delivery_age=None if waiting or last_snapshot_age is None else _age(spool),
        accounts=_account_statuses(config, accounts, _next_round(config, is_running=is_running)),
    )


def timer_round_age(config: Config) -> float | None:
    """Seconds since the last `run --once` ended; None when that is so long ago that no timer can be at work."""
    ended_at = read_single_round(config.state_dir)
    if ended_at is None:
        return None
    age = time.time() - ended_at
    # Of the future: the clock was set back since.
    is_recent = -_CLOCK_SECONDS <= age <= _LATE_ROUNDS * config.poll_interval_sec + _ROUND_SECONDS
    return max(0.0, age) if is_recent else None


def _next_round(config: Config, *, is_running: bool) -> float | None:
    """When all that is due is read next, by this host's clock; None when nobody knows."""
    if config.manual_refresh:
        return None
    if is_running:
        round_at = read_next_round(config.state_dir)
    else:
        age = timer_round_age(config)
        round_at = None if age is None else time.time() - age + config.poll_interval_sec
    is_sane = round_at is not None and round_at <= time.time() + 2 * config.poll_interval_sec
    return round_at if is_sane else None  # else the clock was set back since


def _account_statuses(config: Config, accounts: AccountsFile, round_at: float | None) -> list[AccountStatus]:
    now, pauses = time.time(), read_pauses(config.state_dir)
    found = []
    for account in accounts.accounts:
        pause = _current(pauses.get(account.label), account, now)
        until = pause.ends_at if pause and not pause.is_over(now) else -math.inf
        due_at = _due_at(round_at, until, config.poll_interval_sec) if account.enabled else None
        found.append(AccountStatus(account, None if due_at is None else max(0.0, due_at - now), pause))
    return found


def _current(pause: Pause | None, account: Account, now: float) -> Pause | None:
    """A dead login is still one when it is time to ask it again."""
    if pause is None or not pause.is_of_login(account):
        return None
    return pause if pause.is_dead_login or not pause.is_over(now) else None


def _due_at(round_at: float | None, left_alone_until: float, interval_seconds: float) -> float | None:
    """The first round that does not leave the account alone."""
    if round_at is None or left_alone_until <= round_at:
        return round_at
    return round_at + interval_seconds * math.ceil((left_alone_until - round_at) / interval_seconds)


def is_agent_running(state_dir: Path) -> bool:
    """Whether a `hostagent run` holds the lock of this state folder."""
    try:
        with (state_dir / "agent.lock").open("rb") as file:
            # Shared: two who look at the same time do not take each other for the agent.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _count_lines(paths: Iterable[Path]) -> int:
    return sum(path.read_bytes().count(b"\n") for path in paths)


def _age(path: Path) -> float | None:
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return None
