"""Why codex app-server's answers are not a reading. Pure: tested against recorded answers of real programs."""

import re

from hostagent.codex_answers import Frame, Replies, is_too_old, mapping, message_of, result_of, user_agent
from hostagent.errors import ProbeFault

_HTTP_FAILURE = re.compile(r"GET \S+ failed: (\d{3})\b")
_NOT_REFRESHED = "access token could not be refreshed"
_FAULTS_BY_TEXT = (
    ("Decode error", "bad_payload"),
    ("error sending request", "network"),
    ("error decoding response body", "network"),
    ("application network policy is unavailable", "workspace_config"),
    ("failed to load workspace requirements", "workspace_config"),
)
_JSON_RPC_INVALID_REQUEST = -32600


def find_fault(replies: Replies) -> ProbeFault | None:
    """Why these answers are not a reading; None when they are one.

    A rate limit answer counts even where `account/read` failed: the two come from different places upstream.
    """
    if _is_too_old(replies):
        return ProbeFault("codex_too_old")
    if replies.rate_limits is None:
        return _fault_without_answer(replies)
    if "error" in replies.rate_limits:
        return _fault_of_error(message_of(replies.rate_limits), replies)
    if "plan type is required for chatgpt authentication" in message_of(replies.account):
        return ProbeFault("login_required")  # auth.json is `{}`: the rate limits were asked for without a login
    if not isinstance(result_of(replies.rate_limits).get("rateLimits"), dict):
        return ProbeFault("bad_payload")
    return None


def _is_too_old(replies: Replies) -> bool:
    version = re.match(r"[^/]*/(\d+\.\d+\.\d+)", user_agent(replies) or "")
    if version and is_too_old(version.group(1)):
        return True
    frame = replies.rate_limits or {}
    error = mapping(frame.get("error"))
    return error.get("code") == _JSON_RPC_INVALID_REQUEST and str(error.get("message")).startswith("Invalid request")


def _fault_without_answer(replies: Replies) -> ProbeFault:
    if "failed to load workspace requirements" in message_of(replies.account):
        return ProbeFault("workspace_config")
    return ProbeFault("codex_failed" if replies.is_ended else "timeout")


def _fault_of_error(message: str, replies: Replies) -> ProbeFault:
    if message.startswith("codex account authentication required"):
        return ProbeFault("login_required")
    if message.startswith("chatgpt authentication required"):
        return ProbeFault("api_key_login")
    if message.startswith("failed to construct backend client") and _NOT_REFRESHED in message:
        return ProbeFault("login_expired")  # how codex before 0.125 reports a spent refresh token
    failure = _HTTP_FAILURE.search(message)
    if failure:
        return _fault_of_status(int(failure.group(1)), replies)
    for text, code in _FAULTS_BY_TEXT:
        if text in message:
            return ProbeFault(code)
    return ProbeFault("codex_failed")


def _fault_of_status(status: int, replies: Replies) -> ProbeFault:
    if status == 401:
        return ProbeFault(_code_of_refused_login(replies.account), status)
    codes = {403: "forbidden", 429: "upstream_throttled"}
    return ProbeFault(codes.get(status, "upstream_error"), status)


def _code_of_refused_login(account_frame: Frame | None) -> str:
    """Expired for good, or trouble that passes? Only `account/read` tells: the 401 looks the same."""
    if account_frame is None:
        return "unauthorized"
    message = message_of(account_frame)
    if "unauthorized (401)" in message:
        return "auth_temporary"
    if _NOT_REFRESHED in message:
        return "login_expired"
    has_account = "error" in account_frame or result_of(account_frame).get("account") is not None
    return "unauthorized" if has_account else "login_expired"
