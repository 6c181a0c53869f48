"""The JSON control API, for a fake that runs as a program of its own."""

from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from . import homes
from .accounts import Account, Fault
from .replies import Reply
from .state import Call, State
from .usage import usage

COUNTERS = (
    "refresh_requests",
    "refreshes",
    "reused_refresh_tokens",
    "refreshes_in_flight",
    "most_concurrent_refreshes",
)
SETTABLE = {field.name for field in fields(Account)} - {"account_id", *COUNTERS}


def answer(state: State, call: Call) -> Reply:
    """A mistake of the caller is a 400 that names it."""
    command = COMMANDS.get(f"{call.seen.method} {call.seen.path}")
    if command is None:
        return Reply(404, {"error": f"one of {', '.join(COMMANDS)}"})
    try:
        with state.lock:
            return Reply(body=command(state, call.form))
    except (LookupError, TypeError, ValueError, OSError) as error:
        return Reply(400, {"error": f"{type(error).__name__}: {error}"})


def set_account(state: State, body: dict[str, Any]) -> dict[str, Any]:
    """Create an account, or change the fields that are given.

    `usage` holds the arguments of `usage()`; in `faults` null takes a fault away.
    """
    account_id = body.pop("account_id")
    unknown = body.keys() - SETTABLE
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(SETTABLE))}")
    account = state.accounts.setdefault(account_id, Account(account_id, f"{account_id}@example.com"))
    for endpoint, fault in body.pop("faults", {}).items():
        account.faults.pop(endpoint, None)
        if fault is not None:
            account.faults[endpoint] = Fault(**fault)
    if "usage" in body:
        account.usage = usage(**body.pop("usage"))
    for name, setting in body.items():
        setattr(account, name, setting)
    return describe(account)


def describe(account: Account) -> dict[str, Any]:
    return asdict(account)


def list_accounts(state: State, body: dict[str, Any]) -> dict[str, Any]:
    return {"accounts": [describe(account) for account in state.accounts.values()]}


def seed_home(state: State, body: dict[str, Any]) -> dict[str, Any]:
    account = state.accounts[body["account_id"]]
    ttl = body.get("expires_in_seconds", account.access_ttl_seconds)
    homes.write_auth(state, account, Path(body["home"]), ttl, body.get("last_refresh_age_seconds", 0))
    return write_config(state, body)


def write_config(state: State, body: dict[str, Any]) -> dict[str, Any]:
    homes.write_config(state.base_url, Path(body["home"]), body.get("config_extra", ""))
    return {"home": body["home"]}


def revoke(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.tokens.revoke_all(state.accounts[body["account_id"]])
    return {}


def set_device_login(state: State, body: dict[str, Any]) -> dict[str, Any]:
    """The fields of `DeviceLogin`; `approved` is an account id or null."""
    policy = state.logins.policy
    if "approved" in body:
        approved = body.pop("approved")
        policy.approved = None if approved is None else state.accounts[approved]
    for name, setting in body.items():
        if not hasattr(policy, name):
            raise ValueError(f"unknown: {name}")
        setattr(policy, name, setting)
    return {}


def approve(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.logins.approve(body["user_code"], state.accounts[body["account_id"]])
    return {}


def list_requests(state: State, body: dict[str, Any]) -> dict[str, Any]:
    with state.log.changed:
        return {"requests": [asdict(request) for request in state.log.requests]}


def forget_requests(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.log.clear()
    return {}


COMMANDS: dict[str, Callable[[State, dict[str, Any]], dict[str, Any]]] = {
    "GET /control/accounts": list_accounts,
    "POST /control/accounts": set_account,
    "POST /control/seed-home": seed_home,
    "POST /control/write-config": write_config,
    "POST /control/revoke": revoke,
    "POST /control/device-login": set_device_login,
    "POST /control/approve": approve,
    "GET /control/requests": list_requests,
    "DELETE /control/requests": forget_requests,
}
