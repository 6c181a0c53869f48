"""What agents and the page may send. These types are the specification; anything else is refused with its JSON path."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from collector import runs, strict_json
from collector.errors import InvalidRequest, UnsupportedVersion
from collector.runs import Gist

WIRE_VERSION: Final = 1
MAX_BODY_BYTES = 1024 * 1024
MAX_RAW_BYTES = 64 * 1024
MAX_CREDENTIAL_BYTES = 4 * 1024
LABEL_PATTERN = r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z"
HOST_PATTERN = r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z"
_DAY_SECONDS = 86_400

Label = Annotated[str, Meta(pattern=LABEL_PATTERN)]
HostName = Annotated[str, Meta(pattern=HOST_PATTERN)]
Provider = Literal["codex", "anthropic"]
Name = Annotated[str, Meta(max_length=100)]
Email = Annotated[str, Meta(max_length=320)]
Text = Annotated[str, Meta(max_length=500)]
Note = Annotated[str, Meta(max_length=2000)]
Count = Annotated[int, Meta(ge=0, le=strict_json.MAX_INTEGER)]
# As a provider gave it: whole or not, and sometimes outside what its name promises.
Number = Annotated[float, Meta(ge=-strict_json.MAX_INTEGER, le=strict_json.MAX_INTEGER)]
# Until the year 9999, so that a reader can turn it into a date.
EpochSeconds = Annotated[float, Meta(ge=0, le=253_402_300_799)]
Instant = Annotated[datetime, Meta(tz=True)]
Epoch = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
WindowName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]


class ErrorCode(StrEnum):
    """Why a probe gave no reading."""

    LOGIN_REQUIRED = "login_required"
    LOGIN_EXPIRED = "login_expired"
    WRONG_CREDENTIALS = "wrong_credentials"
    API_KEY_LOGIN = "api_key_login"
    KEY_MISSING = "key_missing"
    AUTH_TEMPORARY = "auth_temporary"
    UNAUTHORIZED = "unauthorized"
    AUTH_UNREADABLE = "auth_unreadable"
    WORKSPACE_CONFIG = "workspace_config"
    UPSTREAM_THROTTLED = "upstream_throttled"
    UPSTREAM_ERROR = "upstream_error"
    FORBIDDEN = "forbidden"
    NETWORK = "network"
    TIMEOUT = "timeout"
    BAD_PAYLOAD = "bad_payload"
    CODEX_MISSING = "codex_missing"
    CODEX_TOO_OLD = "codex_too_old"
    CODEX_FAILED = "codex_failed"
    CONFIG_INVALID = "config_invalid"
    OUT_OF_CREDIT = "out_of_credit"
    ORG_DISABLED = "org_disabled"
    SPEND_LIMIT = "spend_limit"
    MODEL_UNKNOWN = "model_unknown"
    INTERNAL = "internal"


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object that may have these members and no others."""


class Agent(_Strict, frozen=True):
    version: Name | None = None
    codex_version: Name | None = None
    platform: Name | None = None
    poll_interval_sec: Annotated[int, Meta(ge=1, le=7 * _DAY_SECONDS)] | None = None
    manual_refresh: bool = False


class RegistryEntry(_Strict, frozen=True, rename={"expected_plan_type": "expected_planType"}):
    account_label: Label
    provider: Provider = "codex"
    enabled: bool = True
    expected_email: Email | None = None
    expected_plan_type: Name | None = None
    note: Note | None = None


class Registry(_Strict, frozen=True):
    """The whole set of a host's accounts."""

    accounts: Annotated[list[RegistryEntry], Meta(max_length=1000)]
    host: HostName | None = None
    agent: Agent | None = None
    wire_version: Literal[1] = WIRE_VERSION

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for label in (entry.account_label for entry in self.accounts):
            if label.casefold() in seen:
                raise ValueError(f"The label {label} is there twice (capitals do not count)")
            seen.add(label.casefold())


class ProbeFailure(_Strict, frozen=True):
    code: ErrorCode
    message: Text


class Window(_Strict, frozen=True, rename="camel"):
    """One rolling limit. A window of the kind `bucket` refills all the time and has no duration."""

    source: Name | None = None
    used_percent: Number | None = None
    left_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    window_duration_mins: Number | None = None
    resets_at: EpochSeconds | None = None
    resets_at_iso_utc: Name | None = None
    limit: Count | None = None
    remaining: Count | None = None
    bucket: Name | None = None


Windows = Annotated[dict[WindowName, Window], Meta(max_length=32)]


class Limit(_Strict, frozen=True, rename="camel"):
    """A limit beside the main one, as for a single model."""

    limit_id: Text | None = None
    limit_name: Text | None = None
    windows: Windows | None = None


class Blocked(_Strict, frozen=True):
    """The provider says no, even where windows are open."""

    reason: Text
    until: EpochSeconds | None = None


class Credits(_Strict, frozen=True, rename="camel"):
    has_credits: bool | None = None
    unlimited: bool | None = None
    balance: Text | None = None


class ResetCredit(_Strict, frozen=True, rename="camel"):
    expires_at: EpochSeconds | None = None


class ResetCredits(_Strict, frozen=True, rename="camel"):
    available_count: Number | None = None
    credits: Annotated[list[ResetCredit], Meta(max_length=100)] | None = None


class Normalized(
    _Strict,
    frozen=True,
    rename={
        "expected_plan_type": "expected_planType",
        "expected_plan_type_match": "expected_planType_match",
        "rate_plan_type": "rate_planType",
        "reset_credits": "resetCredits",
        "requires_auth": "requiresAuth",
    },
):
    """One reading, the same for every provider.

    `windows` absent means that they could not be read; `{}` that the account has none.
    """

    provider: Provider
    account_email: Email | None = None
    account_id: Annotated[str, Meta(max_length=200)] | None = None
    expected_email: Email | None = None
    expected_email_match: bool | None = None
    expected_plan_type: Name | None = None
    expected_plan_type_match: bool | None = None
    rate_plan_type: Text | None = None
    credits: Credits | None = None
    windows: Windows | None = None
    limits: Annotated[list[Limit], Meta(max_length=64)] | None = None
    blocked: Blocked | None = None
    reset_credits: ResetCredits | None = None
    requires_auth: bool | None = None


class Parsed(_Strict, frozen=True, rename={"user_agent": "userAgent"}):
    user_agent: Text | None = None
    normalized: Normalized | None = None


class Item(_Strict, frozen=True):
    """What one probe saw: a reading, or an error with whatever is known beside it."""

    seq: Count
    account_label: Label
    observed_at: Instant
    refresh_cursor: Count | None = None
    error: ProbeFailure | None = None
    raw: dict[str, Any] | None = None
    parsed: Parsed | None = None

    def __post_init__(self) -> None:
        _check_year(self.observed_at)
        if self.error is None and (self.parsed is None or self.parsed.normalized is None):
            raise ValueError("A reading without an error needs `parsed.normalized`")


class Batch(_Strict, frozen=True):
    epoch: Epoch
    sent_at: Instant
    items: Annotated[list[Item], Meta(max_length=100)]
    dropped: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    spool_items: Count | None = None
    host: HostName | None = None
    wire_version: Literal[1] = WIRE_VERSION

    def __post_init__(self) -> None:
        _check_year(self.sent_at)


class RefreshTarget(_Strict, frozen=True):
    host: HostName
    account_label: Label


class RefreshRequest(_Strict, frozen=True):
    """Which accounts somebody wants to be read now; with neither member all."""

    accounts: Annotated[list[RefreshTarget], Meta(max_length=1000)] | msgspec.UnsetType = msgspec.UNSET
    host: HostName | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.accounts is not msgspec.UNSET and self.host is not msgspec.UNSET:
            raise ValueError("Send either `accounts` or `host`")


class Credential(_Strict, frozen=True):
    """What a person signs in with."""

    token: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if (self.token is None) == (self.code is None):
            raise ValueError("Send either `token` or `code`")


class TokenRequest(_Strict, frozen=True):
    """A token that an admin wants to be made."""

    kind: Literal["agent", "viewer", "admin"]
    host: HostName | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        if (self.kind == "agent") != (self.host is not None):
            raise ValueError("`host` belongs to the kind `agent`, and to no other kind")
        if self.read_only and self.kind != "viewer":
            raise ValueError("`read_only` belongs to the kind `viewer`")


# What msgspec knows of a type it finds out at its first use; two threads that do so at once would crash the process.
for _taken in (Registry, Batch, RefreshRequest, Credential, TokenRequest):
    msgspec.json.Decoder(_taken)


@dataclass(frozen=True)
class Snapshot:
    """One item, checked, with the texts that are stored for it."""

    item: Item
    digest: str
    """Tells a resent item from another one under the same number."""
    gist: Gist
    """What tells whether two snapshots say the same."""
    raw_json: str | None
    parsed_json: str | None

    @property
    def reading(self) -> Normalized | None:
        """What was read; None for a failed probe."""
        if self.item.error is not None or self.item.parsed is None:
            return None
        return self.item.parsed.normalized


def parse_registry(body: bytes) -> Registry:
    return _convert(_parse_versioned(body), Registry)


def parse_batch(body: bytes) -> tuple[Batch, list[Snapshot]]:
    document = _parse_versioned(body)
    batch = _convert(document, Batch)
    return batch, [_snapshot(item, source) for item, source in zip(batch.items, document["items"], strict=True)]


def parse_refresh_request(body: bytes) -> RefreshRequest:
    return _convert(strict_json.parse(body), RefreshRequest)


def parse_credential(body: bytes) -> Credential:
    return _convert(strict_json.parse(body), Credential)


def parse_token_request(body: bytes) -> TokenRequest:
    return _convert(strict_json.parse(body), TokenRequest)


def _parse_versioned(body: bytes) -> Any:
    """The document, once its `wire_version` is known to be ours: only then can a field be called unknown."""
    document = strict_json.parse(body)
    version = document.get("wire_version", WIRE_VERSION) if isinstance(document, dict) else WIRE_VERSION
    if version is True or version != WIRE_VERSION:
        raise UnsupportedVersion(f"This collector speaks wire_version {WIRE_VERSION}; update the collector.")
    return document


_Type = TypeVar("_Type")


def _convert(document: Any, wanted: type[_Type]) -> _Type:
    try:
        return msgspec.convert(document, wanted, strict=True)
    except msgspec.ValidationError as error:
        # The sentence may quote a key of the sender, which can be long. At the top no place is told.
        sentence, _, place = str(error).partition(" - at ")
        raise InvalidRequest(f"{sentence[:300]} - at {place[:200] or '`$`'}") from error


def _snapshot(item: Item, source: dict[str, Any]) -> Snapshot:
    parsed = source.get("parsed")
    return Snapshot(
        item=item,
        digest=sha256(strict_json.canonical(source)).hexdigest(),
        gist=_gist(item, source),
        raw_json=_bounded_raw(source.get("raw")),
        parsed_json=None if parsed is None else strict_json.dump(parsed),
    )


def _gist(item: Item, source: dict[str, Any]) -> Gist:
    if item.error is not None:
        return runs.gist_of_failure(item.error.code)
    return runs.gist_of_reading(source["parsed"]["normalized"])


def _bounded_raw(raw: Any) -> str | None:
    if raw is None:
        return None
    text = strict_json.dump(raw)
    size = len(text.encode())
    return text if size <= MAX_RAW_BYTES else strict_json.dump({"omitted": size})


def _check_year(moment: datetime) -> None:
    """A clock may be wrong by decades, but not so far that adding a correction leaves the calendar."""
    if not 1970 <= moment.year < 2200:
        raise ValueError("A time is not between the years 1970 and 2200")
