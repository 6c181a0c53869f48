"""From readings, registry and times to a state. Pure: the time of asking is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from collector.wire import ErrorCode, Normalized, Window

DEFAULT_POLL_INTERVAL = timedelta(minutes=5)
_STALE_GRACE = timedelta(seconds=60)
SILENT_AT_LEAST = timedelta(minutes=5)
# Failures that only a login, or another key, ends.
LOGIN_CODES = frozenset(
    {
        ErrorCode.LOGIN_REQUIRED,
        ErrorCode.LOGIN_EXPIRED,
        ErrorCode.API_KEY_LOGIN,
        ErrorCode.WRONG_CREDENTIALS,
        ErrorCode.KEY_MISSING,
    }
)


class State(StrEnum):
    OK = "ok"
    PENDING = "pending"
    LOGIN_REQUIRED = "login_required"
    WRONG_ACCOUNT = "wrong_account"
    ERROR = "error"
    STALE = "stale"
    DISABLED = "disabled"


class HostState(StrEnum):
    NEVER = "never"
    ONLINE = "online"
    LATE = "late"
    SILENT = "silent"


@dataclass(frozen=True)
class HostFacts:
    last_contact_at: datetime | None = None
    poll_interval: timedelta = DEFAULT_POLL_INTERVAL
    manual_refresh: bool = False


@dataclass(frozen=True)
class AccountFacts:
    """What is known of an account. Times are the collector's; `read_at` is that of the last good reading."""

    host: HostFacts
    enabled: bool = True
    expected_email: str | None = None
    expected_plan_type: str | None = None
    attempted_at: datetime | None = None
    error_code: str | None = None
    read_at: datetime | None = None
    email: str | None = None
    plan_type: str | None = None
    has_room: bool = False


@dataclass(frozen=True)
class Verdict:
    state: State
    reason: str | None
    stale_at: datetime | None
    """As the function of that name."""
    usable: bool
    host_silent_since: datetime | None = None
    """When the host was last heard of, where that is too long ago."""


def judge_host(host: HostFacts, now: datetime) -> HostState:
    """How long the host has been quiet, by the collector's clock alone."""
    deadline = silent_at(host)
    if host.last_contact_at is None or deadline is None:
        return HostState.NEVER
    if now >= deadline:
        return HostState.SILENT
    return HostState.LATE if now - host.last_contact_at >= 1.5 * host.poll_interval else HostState.ONLINE


def silent_at(host: HostFacts) -> datetime | None:
    """From when on the host is called silent, unless it is heard of before; None where it never was."""
    if host.last_contact_at is None:
        return None
    return host.last_contact_at + max(3 * host.poll_interval, SILENT_AT_LEAST)


def stale_at(read_at: datetime | None, host: HostFacts) -> datetime | None:
    """From when on a reading is too old to be called ok; None without a reading and for hosts read on demand."""
    limit = patience(host)
    return None if read_at is None or limit is None else read_at + limit


def patience(host: HostFacts) -> timedelta | None:
    """How long a reading is recent enough to be called ok; None for hosts read on demand: for as long as it takes."""
    return None if host.manual_refresh else 3 * host.poll_interval + _STALE_GRACE


def judge(account: AccountFacts, now: datetime) -> Verdict:
    is_silent = judge_host(account.host, now) is HostState.SILENT
    deadline = stale_at(account.read_at, account.host)
    is_old = deadline is not None and now >= deadline
    state = _state(account, is_silent or is_old)
    return Verdict(
        state=state,
        reason=_reason(account, state, is_silent),
        stale_at=deadline,
        usable=state is State.OK and account.has_room,
        host_silent_since=account.host.last_contact_at if is_silent else None,
    )


def has_room(reading: Normalized) -> bool:
    """Whether the provider would serve the account now: not blocked, and no window of the main limit used up.

    Windows that could not be read promise nothing. A bucket refills within its minute and never counts as used up.
    """
    if reading.blocked is not None or reading.windows is None:
        return False
    return not any(_is_used_up(window) for window in reading.windows.values())


def identity_of(reading: Normalized) -> str | None:
    """Equal for readings of one login at its provider, wherever it sits. None when the reading does not tell.

    Of a workspace many people are members, each with limits of their own: its id alone is nobody's.
    """
    email = (reading.account_email or "").strip().casefold()
    if not (email or reading.account_id):
        return None
    whose = "\n".join((reading.provider, reading.account_id or "", email))
    return sha256(whose.encode()).hexdigest()


def _is_used_up(window: Window) -> bool:
    if window.bucket is not None:
        return False
    if window.left_percent is not None:
        return window.left_percent <= 0
    return window.used_percent is not None and window.used_percent >= 100


def _state(account: AccountFacts, is_outdated: bool) -> State:
    """The first that applies; the order is part of the API."""
    if not account.enabled:
        return State.DISABLED
    if account.attempted_at is None:
        return State.PENDING
    if account.error_code in LOGIN_CODES:
        return State.LOGIN_REQUIRED
    if _differs(account.expected_email, account.email):
        return State.WRONG_ACCOUNT
    if account.error_code is not None:
        return State.ERROR
    return State.STALE if is_outdated else State.OK


def _reason(account: AccountFacts, state: State, is_silent: bool) -> str | None:
    if state in {State.LOGIN_REQUIRED, State.ERROR}:
        return account.error_code
    if state is State.WRONG_ACCOUNT:
        return "email_differs"
    if is_silent:
        return "host_silent"
    if state is State.STALE:
        return "reading_old"
    if state is State.OK and _differs(account.expected_plan_type, account.plan_type):
        return "plan_differs"
    return None


def _differs(expected: str | None, seen: str | None) -> bool:
    """Whether both are known and not the same; capitals and spaces around do not count."""
    wanted, found = ((text or "").strip().casefold() for text in (expected, seen))
    return bool(wanted and found and wanted != found)
