"""The OAuth issuer: device and browser login, refresh, revocation."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from .accounts import Account, RefreshMode
from .replies import RESET, Reply
from .state import Call, State

REFUSALS = {
    "reused": ("refresh_token_reused", "Your refresh token has already been used."),
    "expired": ("refresh_token_expired", "Your refresh token has expired."),
    "invalidated": ("refresh_token_invalidated", "Your refresh token has been invalidated."),
    "unknown401": ("something_else", "No."),
}


def begin_device_login(state: State, call: Call) -> Reply:
    with state.lock:
        return state.logins.begin()


def poll_device_login(state: State, call: Call) -> Reply:
    with state.lock:
        return state.logins.poll(call.form)


def authorize(state: State, call: Call) -> Reply:
    """Browser login: no questions asked, the account that device logins are approved for."""
    with state.lock:
        account = state.logins.policy.approved
        if account is None or "redirect_uri" not in call.query:
            return Reply(400, {"error": "nobody is approved, or no redirect_uri"})
        code = state.logins.new_code(account)
    query = urlencode({"code": code, "state": call.query.get("state", "")})
    return Reply(302, b"", {"location": f"{call.query['redirect_uri']}?{query}"})


def give_tokens(state: State, call: Call) -> Reply:
    grant_type = str(call.form.get("grant_type"))
    call.seen.grant_type = grant_type
    if grant_type == "authorization_code":
        return _exchange_code(state, call)
    if grant_type == "refresh_token":
        return _refresh(state, call)
    return Reply(400, {"error": "unsupported_grant_type"})


def revoke_token(state: State, call: Call) -> Reply:
    with state.lock:
        token = state.tokens.refresh.get(str(call.form.get("token")))
        if token is not None:
            token.condition = "revoked"
            call.seen.account_id = token.account.account_id
    return Reply()


def _exchange_code(state: State, call: Call) -> Reply:
    with state.lock:
        account = state.logins.codes.pop(str(call.form.get("code")), None)
        if account is None:
            return Reply(400, {"error": "invalid_grant"})
        call.seen.account_id = account.account_id
        return Reply(body=state.tokens.grant(account, account.access_ttl_seconds))


def _refresh(state: State, call: Call) -> Reply:
    refresh_token = str(call.form.get("refresh_token"))
    with state.lock:
        known = state.tokens.refresh.get(refresh_token)
    if known is None:
        return _refused("invalidated")
    call.seen.account_id = known.account.account_id
    with _in_flight(state, known.account):
        return state.with_faults(
            known.account, "refresh", lambda: _refresh_by_mode(state, known.account, refresh_token)
        )


@contextmanager
def _in_flight(state: State, account: Account) -> Iterator[None]:
    with state.lock:
        account.refresh_requests += 1
        account.refreshes_in_flight += 1
        account.most_concurrent_refreshes = max(account.most_concurrent_refreshes, account.refreshes_in_flight)
    try:
        yield
    finally:
        with state.lock:
            account.refreshes_in_flight -= 1


def _refresh_by_mode(state: State, account: Account, refresh_token: str) -> Reply:
    mode = account.refresh_mode
    if mode == "ok":
        return _rotate(state, account, refresh_token)
    if mode == "invalid_grant":
        return Reply(400, {"error": "invalid_grant", "error_description": "bad"})
    if mode == "reset":
        return RESET
    if mode in ("500", "slow"):
        state.pause(account.slow_refresh_seconds if mode == "slow" else 0)
        return Reply(500, {"error": {"message": "internal"}})
    return _refused(mode)


def _rotate(state: State, account: Account, refresh_token: str) -> Reply:
    """Spend the token under the lock, so of two requests with the same one only the first is granted."""
    with state.lock:
        token = state.tokens.refresh[refresh_token]
        if token.condition == "spent":
            account.reused_refresh_tokens += 1
            return _refused("reused")
        if token.condition == "revoked":
            return _refused("invalidated")
        token.condition = "spent"
        account.refreshes += 1
        grant = state.tokens.grant(account, account.access_ttl_seconds)
    state.pause(account.refresh_reply_delay_seconds)
    return Reply(body=grant)


def _refused(mode: RefreshMode) -> Reply:
    code, message = REFUSALS[mode]
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Reply(401, {"error": error})
