"""JSON-RPC over the standard streams of a `codex app-server` child."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hostagent.codex_answers import Frame, Replies, mapping, message_of
from hostagent.errors import ProbeFault
from hostagent.process import Child, Command, StopRequest
from hostagent.redact import printable

PROBE_DEADLINE_SECONDS = 60.0
# A device code is good for 15 minutes.
LOGIN_DEADLINE_SECONDS = 16 * 60.0

# After `account/read` was answered the start-up token refresh is over and an end by force costs nothing. Before
# that, only a closed stdin is safe: codex finishes the refresh and gives a silent issuer up after about 20 s.
SAFE_GRACE_SECONDS = 10.0
REFRESH_GRACE_SECONDS = 40.0

_INITIALIZE = {
    "id": 0,
    "method": "initialize",
    "params": {
        "clientInfo": {"name": "codex-status-fleet", "title": "Codex Status Fleet", "version": "1"},
        "capabilities": {
            "optOutNotificationMethods": ["configWarning", "remoteControl/status/changed", "account/updated"]
        },
    },
}
_INITIALIZED = {"method": "initialized"}
_READ_ACCOUNT = {"id": 1, "method": "account/read", "params": {}}
_READ_RATE_LIMITS = {"id": 2, "method": "account/rateLimits/read"}
_PROBE_IDS = (0, 1, 2)
# No answer of codex has a hundredth of them, and a line of nothing else is fifty times as large once it is parsed.
_MOST_VALUES = 100_000
_START_LOGIN = {"id": 1, "method": "account/login/start", "params": {"type": "chatgptDeviceCode"}}


@dataclass(frozen=True)
class DeviceCode:
    """What a person has to open and type to approve a login."""

    verification_url: str
    user_code: str


def read_rate_limits(
    command: Command, home_lock: int, stop: StopRequest, deadline_seconds: float = PROBE_DEADLINE_SECONDS
) -> Replies:
    """Ask for the account and its rate limits. Raises OSError (codex cannot start), Stopped, ProbeFault.

    The child leaves in the background and holds `home_lock` until then, so that no second one can start beside it.
    """
    deadline = time.monotonic() + deadline_seconds
    child = Child(command, home_lock)
    replies: dict[int, Frame] = {}
    try:
        child.write(_encode(_INITIALIZE, _INITIALIZED, _READ_ACCOUNT, _READ_RATE_LIMITS))
        with contextlib.closing(child.lines(deadline, stop)) as lines:
            for frame in _frames(lines):
                number = frame.get("id")
                # In Python True is 1 as well, and 2.0 is 2.
                if type(number) is int and number in _PROBE_IDS and "method" not in frame:
                    replies.setdefault(number, frame)
                if len(replies) == len(_PROBE_IDS):
                    break
        return Replies(replies.get(0), replies.get(1), replies.get(2), child.is_stdout_closed())
    finally:
        child.end_in_background(SAFE_GRACE_SECONDS if 1 in replies else REFRESH_GRACE_SECONDS)


def log_in_with_device_code(
    command: Command, home_lock: int, stop: StopRequest, show: Callable[[DeviceCode], None]
) -> str | None:
    """Log in by a code that a person approves elsewhere; None when done, else why not, in codex's words.

    Raises OSError (codex cannot start), Stopped, and ProbeFault("codex_too_old") when this codex has no such login.
    """
    child = Child(command, home_lock)
    try:
        child.write(_encode(_INITIALIZE, _INITIALIZED, _START_LOGIN))
        with contextlib.closing(child.lines(time.monotonic() + LOGIN_DEADLINE_SECONDS, stop)) as lines:
            return _follow_login(_frames(lines), show)
    finally:
        child.end(REFRESH_GRACE_SECONDS)


def _follow_login(frames: Iterator[Frame], show: Callable[[DeviceCode], None]) -> str | None:
    for frame in frames:
        if frame.get("id") == 1:
            show(_read_device_code(frame))
        elif frame.get("method") == "account/login/completed":
            params = mapping(frame.get("params"))
            return None if params.get("success") is True else printable(str(params.get("error") or "refused"))
    return "codex ended before the login was approved"


def _read_device_code(frame: Frame) -> DeviceCode:
    result = frame.get("result")
    if isinstance(result, dict) and isinstance(result.get("userCode"), str):
        return DeviceCode(printable(str(result.get("verificationUrl"))), printable(result["userCode"]))
    message = message_of(frame)
    if "unknown variant" in message or "Invalid request" in message:
        raise ProbeFault("codex_too_old")
    raise ProbeFault("network" if "error sending request" in message else "upstream_error")


def _encode(*messages: Frame) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def _frames(lines: Iterator[bytes]) -> Iterator[Frame]:
    """Every line that is a JSON object; anything else is somebody's noise. Raises ProbeFault("bad_payload")."""
    for line in lines:
        if line.count(b",") > _MOST_VALUES:
            raise ProbeFault("bad_payload")
        try:
            frame = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(frame, dict):
            yield frame
