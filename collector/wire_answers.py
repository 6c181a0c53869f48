"""What the collector answers, as types: the specification is made of them, and tests hold every answer to them."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from collector.states import HostState, State
from collector.wire import Count, ErrorCode, HostName, Label, Parsed, ProbeFailure, Provider

# Always in UTC.
Moment = Annotated[datetime, Meta(tz=True)]
PublicId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{12}\Z")]
# Any JSON object; with nothing but its size where it was too large to keep.
Raw = dict[str, Any]


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Readers ignore members that they do not know: later releases add some."""


class Problem(_Answer, frozen=True):
    """Why there is no other answer. `code` is for programs, `detail` for people."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str
    hosts: list[HostName] | UnsetType = UNSET
    """Of `ambiguous_label`: those to choose from, with `?host=`."""


class Alive(_Answer, frozen=True):
    ok: Literal[True]


class RegistryTaken(_Answer, frozen=True):
    ok: Literal[True]
    count: int


class ItemFate(_Answer, frozen=True):
    """What became of one item of a batch."""

    seq: Count
    status: Literal["stored", "duplicate", "rejected"]
    code: Literal["seq_conflict", "unknown_account"] | None


class BatchTaken(_Answer, frozen=True):
    ok: Literal[True]
    results: list[ItemFate]


class Place(_Answer, frozen=True):
    host: HostName
    account_label: Label


class RegisteredAccount(_Answer, frozen=True, rename={"expected_plan_type": "expected_planType"}):
    account_label: Label
    enabled: bool
    provider: Provider
    expected_email: str | None
    expected_plan_type: str | None
    note: str
    created_at: Moment
    updated_at: Moment


class RegisteredAccountOfHost(RegisteredAccount, frozen=True):
    host: HostName


class Registered(_Answer, frozen=True):
    items: list[RegisteredAccountOfHost]


class LatestItem(_Answer, frozen=True):
    """An account's last good reading beside its newest attempt, and its state."""

    account_label: Label
    host: HostName
    provider: Provider
    state: State
    reason: str | None
    stale_at: Moment | None
    usable: bool
    host_silent_since: Moment | None
    also_at: list[Place]
    ts: Moment | None
    observed_at: Moment | None
    attempted_at: Moment | None
    error: ProbeFailure | None
    registry: RegisteredAccount
    parsed: Parsed | None
    raw: Raw | UnsetType | None = UNSET
    """Not there with `?raw=0`."""


class Latest(_Answer, frozen=True):
    """All accounts, or with `removed` what is shown otherwise since."""

    revision: str
    items: list[LatestItem]
    removed: list[Place] | UnsetType = UNSET


class EventItem(_Answer, frozen=True):
    """One reading or failure, or a run of equal ones."""

    position: str
    ts: Moment
    first_at: Moment
    last_at: Moment
    count: int
    observed_at: Moment
    error: ProbeFailure | None
    raw: Raw | None
    parsed: Parsed | None


class Events(_Answer, frozen=True):
    items: list[EventItem]


class FailedProbes(_Answer, frozen=True, rename={"start": "from", "end": "to"}):
    """Failures of one kind that lie close together; times in epoch seconds."""

    start: int
    end: int
    code: ErrorCode
    count: int


class History(_Answer, frozen=True):
    window: str | None
    points: list[tuple[int, float | None]]
    resets: list[int]
    failures: list[FailedProbes]


class WishResult(_Answer, frozen=True):
    host: HostName
    account_label: Label
    status: Literal["queued", "seen", "answered", "refused", "expired"]
    code: Literal["unknown_account", "removed", "disabled"] | None


class RefreshSummary(_Answer, frozen=True):
    ok: int
    login_required: int
    wrong_account: int
    error: int
    refused: int
    expired: int
    pending: int
    total: int


class RefreshReport(_Answer, frozen=True):
    refresh_id: str
    results: list[WishResult]
    summary: RefreshSummary


class OpenWish(_Answer, frozen=True):
    account_label: Label
    cursor: Count


class WishQueue(_Answer, frozen=True):
    refreshes: list[OpenWish]
    cursor: Count


class HostItem(_Answer, frozen=True):
    host: HostName
    state: HostState
    last_contact_at: Moment | None
    silent_since: Moment | None
    agent_version: str | None
    codex_version: str | None
    platform: str | None
    clock_skew_sec: float | None
    spool_items: int | None
    dropped: int
    poll_interval_sec: int
    manual_refresh: bool
    accounts: int


class Hosts(_Answer, frozen=True):
    items: list[HostItem]


class Caller(_Answer, frozen=True):
    """Who is asking."""

    kind: Literal["agent", "viewer", "admin"]
    host: HostName | None
    read_only: bool


class TokenItem(_Answer, frozen=True):
    """A token, by its public id."""

    id: PublicId
    kind: Literal["agent", "viewer", "admin"]
    host: HostName | None
    read_only: bool
    source: Literal["created", "signin_link", "environment"]
    created_at: Moment
    last_used_at: Moment | None
    revoked_at: Moment | None


class NewToken(TokenItem, frozen=True):
    token: str


class Tokens(_Answer, frozen=True):
    items: list[TokenItem]


class SessionItem(_Answer, frozen=True):
    """A browser that is signed in, by an id that signs nobody in."""

    id: PublicId
    token_id: PublicId
    kind: Literal["viewer", "admin"]
    read_only: bool
    created_at: Moment
    last_seen_at: Moment
    current: bool


class Sessions(_Answer, frozen=True):
    items: list[SessionItem]
