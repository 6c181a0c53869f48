"""HTTP to the collector. The only user of its URLs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
import urllib3

from hostagent.config import Config
from hostagent.errors import (
    CollectorMisplaced,
    CollectorUnavailable,
    ConfigError,
    HostAgentError,
    RequestRefused,
    TokenRefused,
)
from hostagent.private_files import close_to_others
from hostagent.redact import printable
from hostagent.timed_session import TimedSession
from hostagent.wire import encode
from hostagent.wire_limits import LABEL, MAX_INTEGER

_CONNECT_SECONDS = 10
_READ_SECONDS = 35
_MAX_ANSWER_BYTES = 1024 * 1024
_MAX_QUEUE_BYTES = 64 * 1024
_CHUNK_BYTES = 16 * 1024
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class ItemResult:
    """What became of one snapshot: `stored`, `duplicate`, or `rejected` with a code."""

    seq: int
    status: str
    code: str | None


@dataclass(frozen=True)
class Queue:
    """The open wishes of this host as (label, cursor), and the highest cursor there is.

    `retry_after_seconds`: the collector could not let the question wait; ask again after that long.
    """

    wishes: list[tuple[str, int]]
    cursor: int
    retry_after_seconds: float | None


@dataclass(frozen=True)
class TokenOwner:
    """Whom the collector takes this token for. `date` is its clock, as its answer's header has it; may be None."""

    kind: str
    host: str | None
    date: str | None


class _BearerToken(requests.auth.AuthBase):
    """Set as `auth`, so that a ~/.netrc entry for the collector's host cannot take the header's place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Collector:
    """The collector as this host sees it. One request at a time; redirects are never followed."""

    def __init__(self, config: Config, token: str | None = None) -> None:
        """With the token in the token file, unless another one is given. Raises ConfigError."""
        self._url = config.collector_url
        self._token_file = config.token_file
        self._session = TimedSession()
        self._session.auth = _BearerToken(token or read_token(config))
        self._trusted = str(config.ca_file) if config.ca_file else True

    def who_am_i(self) -> TokenOwner:
        """Whose token this is; the collector takes one of any kind for this question. Raises as `_request` does."""
        response, document = self._request("GET", "/session", None, _Patience(_READ_SECONDS, _MAX_ANSWER_BYTES))
        kind, host = document.get("kind"), document.get("host")
        if not isinstance(kind, str) or not isinstance(host, str | None):
            raise CollectorUnavailable(f"{self._url} answered, but not as a collector does")
        return TokenOwner(kind, host, response.headers.get("Date"))

    def push_registry(self, body: Mapping[str, Any]) -> None:
        """Tell the collector which accounts this host holds. Raises as `_request` does."""
        self._post("/registry", body)

    def push_snapshots(self, body: Mapping[str, Any]) -> list[ItemResult]:
        """Deliver a batch; each item's fate, once it is on the collector's disk. Raises as `_request` does."""
        results = self._post("/snapshots", body).get("results")
        try:
            return [_read_result(result) for result in results or ()]
        except (TypeError, KeyError, ValueError) as error:
            raise CollectorUnavailable(f"{self._url} answered, but not as a collector does") from error

    def open_refreshes(self, after: int, wait_seconds: int) -> Queue:
        """All open wishes, once one is newer than `after` or `wait_seconds` have passed. Raises as `_request` does."""
        path = f"/refresh/queue?after={after}&wait={wait_seconds}"
        response, document = self._request("GET", path, None, _Patience(wait_seconds + _READ_SECONDS, _MAX_QUEUE_BYTES))
        try:
            wishes = [_read_wish(wish) for wish in document["refreshes"]]
            return Queue(wishes, _read_number(document["cursor"]), _retry_after(response))
        except (TypeError, KeyError, ValueError) as error:
            raise CollectorUnavailable(f"{self._url} answered, but not as a collector does") from error

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._request("POST", path, encode(body), _Patience(_READ_SECONDS, _MAX_ANSWER_BYTES))[1]

    def _request(
        self, method: str, path: str, body: bytes | None, patience: "_Patience"
    ) -> tuple[requests.Response, dict[str, Any]]:
        """Raises RequestRefused (this body, never again), TokenRefused, else CollectorUnavailable (try later)."""
        try:
            with (
                self._session.bounded(_CONNECT_SECONDS + patience.read_seconds),
                self._session.request(
                    method,
                    self._url + path,
                    data=body,
                    headers=_HEADERS,
                    timeout=(_CONNECT_SECONDS, patience.read_seconds),
                    allow_redirects=False,
                    stream=True,
                    # Not the session's: $REQUESTS_CA_BUNDLE would take its place.
                    verify=self._trusted,
                ) as response,
            ):
                content = _read_capped(response, patience.answer_bytes)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise CollectorUnavailable(f"{self._url} is away: {_reason(error)}") from error
        return response, self._read_answer(response, content)

    def _read_answer(self, response: requests.Response, content: bytes) -> dict[str, Any]:
        document = _json_object(content)
        if response.ok and not response.is_redirect and document is not None:
            return document
        is_problem = response.headers.get("Content-Type", "").startswith("application/problem+json")
        raise self._failure(response, document if is_problem else None)

    def _failure(self, response: requests.Response, problem: Mapping[str, Any] | None) -> HostAgentError:
        status = response.status_code
        code = _read_code((problem or {}).get("code")) or ""
        detail = printable(str((problem or {}).get("detail")))
        if problem and status == HTTPStatus.MISDIRECTED_REQUEST:
            return CollectorMisplaced(f"{self._url}: {detail}")
        if problem and (code == "invalid_request" or status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            return RequestRefused(code, f"{self._url} refuses what was sent: {detail}")
        if status in {401, 403} and problem:
            return TokenRefused(
                f"{self._url} refuses the token in {self._token_file} ({code}); make a new one on the collector:"
                " collector token create --kind agent --host NAME"
            )
        answer = f"HTTP {status} {code}".strip()
        text = f"{self._url} answered, but not as a collector does: {answer}"
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.MULTIPLE_CHOICES:
            return CollectorUnavailable(text, _retry_after(response))
        return CollectorMisplaced(text)


@dataclass(frozen=True)
class _Patience:
    """How long to wait for an answer, and how long an answer to read."""

    read_seconds: float
    answer_bytes: int


def _retry_after(response: requests.Response) -> float | None:
    """Seconds; None where the header is absent or a date, which would compare two clocks."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _read_capped(response: requests.Response, most_bytes: int) -> bytes:
    """The answer, or the start of one that has no end: a cut one is no JSON and so no answer."""
    content = b""
    while len(content) <= most_bytes:
        chunk = response.raw.read1(_CHUNK_BYTES)
        if not chunk:
            break
        content += chunk
    return content


def _read_result(result: Any) -> ItemResult:
    return ItemResult(_read_number(result["seq"]), str(result["status"]), _read_code(result.get("code")))


def _read_wish(wish: Any) -> tuple[str, int]:
    label = wish["account_label"]
    if not isinstance(label, str) or not LABEL.fullmatch(label):
        raise ValueError("no label")
    return label, _read_number(wish["cursor"])


def _read_number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_INTEGER:
        raise ValueError("no number")
    return value


def _read_code(value: Any) -> str | None:
    """A code of ours, which may stand in a log; None for anything else."""
    return value if isinstance(value, str) and re.fullmatch("[a-z_]{1,64}", value) else None


def read_token(config: Config) -> str:
    """The agent token, whose file is closed to others while we are at it. Raises ConfigError."""
    path = config.token_file
    try:
        close_to_others(path)
        token = path.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise ConfigError(_no_token(path, config.host)) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: the token cannot be read") from error
    if not token or not token.isprintable() or " " in token:
        raise ConfigError(_no_token(path, config.host))
    return token


def _no_token(path: Path, host: str) -> str:
    return (
        f"{path}: holds no token; on the collector type: collector token create --kind agent --host {host}"
        " and put what it prints into that file"
    )


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _reason(error: Exception) -> str:
    """The innermost cause in few words: requests wraps a refused connection four times."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__
