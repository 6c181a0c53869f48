"""The ChatGPT backend: what codex asks with an access token."""

from collections.abc import Callable
from typing import Any

from .accounts import Account, Endpoint
from .replies import Reply
from .state import Call, State
from .tokens import AUTH_CLAIM, read_claims

PREFIXES = ("/backend-api/wham/", "/api/codex/")
NOT_FOUND = Reply(404, {"detail": "Not Found"})
TOKEN_EXPIRED = Reply(
    401,
    {
        "error": {
            "message": "Provided authentication token is expired. Please try signing in again.",
            "type": None,
            "code": "token_expired",
            "param": None,
        },
        "status": 401,
    },
)


def answer(state: State, call: Call) -> Reply:
    """Answer by path; the account is the one that header or token name."""
    account = find_account(state, call)
    if account is None:
        return TOKEN_EXPIRED
    call.seen.account_id = account.account_id
    route = ROUTES.get(_below_prefix(call.seen.path))
    if route is None:
        return _guarded(state, call, account, lambda: NOT_FOUND)
    endpoint, body = route
    return state.with_faults(
        account, endpoint, lambda: _guarded(state, call, account, lambda: Reply(body=body(account)))
    )


def find_account(state: State, call: Call) -> Account | None:
    claims = read_claims(call.bearer).get(AUTH_CLAIM, {})
    account_id = call.account_header or claims.get("chatgpt_account_id", "")
    with state.lock:
        return state.accounts.get(account_id, state.anonymous)


def _guarded(state: State, call: Call, account: Account, reply: Callable[[], Reply]) -> Reply:
    with state.lock:
        is_refused = account.strict and account is not state.anonymous and not state.tokens.accepts(call.bearer)
    return TOKEN_EXPIRED if is_refused else reply()


def _below_prefix(path: str) -> str:
    return next((path.removeprefix(prefix) for prefix in PREFIXES if path.startswith(prefix)), "")


def usage_body(account: Account) -> dict[str, Any]:
    identity = {
        "user_id": account.user_id,
        "account_id": account.account_id,
        "email": account.email,
        "plan_type": account.plan,
    }
    return {**identity, **account.usage}


def check_body(account: Account) -> dict[str, Any]:
    entry = {"id": account.account_id, "account_routing_override": "NO_CONSTRAINT"}
    if account.backend_origin is not None:
        entry["workspace_backend_origin"] = account.backend_origin
    return {
        "accounts": [entry],
        "account_ordering": [account.account_id],
        "default_account_id": account.account_id,
    }


def reset_credits_body(account: Account) -> dict[str, Any]:
    return {"available_count": len(account.reset_credits), "credits": account.reset_credits}


def bundle_body(account: Account) -> dict[str, Any]:
    """An empty bundle is a valid one. Codex asks for it on business plans, before it answers `initialize`."""
    return {}


ROUTES: dict[str, tuple[Endpoint, Callable[[Account], dict[str, Any]]]] = {
    "usage": ("usage", usage_body),
    "accounts/check": ("check", check_body),
    "rate-limit-reset-credits": ("reset_credits", reset_credits_body),
    "config/bundle": ("bundle", bundle_body),
}
