"""What readers ask: how the accounts stand, and how they stood."""

import re
from collections.abc import Iterable
from typing import get_args

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from collector import states, wire
from collector.auth import Scope, requires
from collector.clock import now
from collector.errors import InvalidRequest, UnknownAccount
from collector.queries import accounts, events, fleet
from collector.queries.events import Position
from collector.routes import items
from collector.states import State
from collector.strict_json import dump

blueprint = Blueprint("status", __name__)


@blueprint.get("/registry")
@requires(Scope.READ)
def list_registry() -> ResponseReturnValue:
    """Every registered account of every host."""
    found = accounts.list_standings(host=_host_filter())
    return {"items": [{"host": account.host, **items.registry_entry(account)} for account in found]}


@blueprint.get("/latest")
@requires(Scope.READ)
def list_latest() -> ResponseReturnValue:
    """How every account stands. The revision is read first: a change in between shows again under a later one."""
    with_raw, provider = _raw_filter(), _choice("provider", get_args(wire.Provider))
    state, host = _choice("state", list(State)), _host_filter()
    revision, moment = fleet.read_revision(), now()
    judged = [(account, states.judge(account.facts, moment)) for account in accounts.list_standings(host=host)]
    shown = (
        items.account_item(account, verdict, with_raw)
        for account, verdict in judged
        if provider in {None, account.provider} and state in {None, verdict.state}
    )
    return _json(f'{{"revision":{dump(revision)},"items":{_array(shown)}}}')


@blueprint.get("/latest/<label>")
@requires(Scope.READ)
def show_latest(label: str) -> ResponseReturnValue:
    with_raw, host = _raw_filter(), _host_filter()
    account = accounts.get_standing(_checked(label), host)
    return _json(items.account_item(account, states.judge(account.facts, now()), with_raw))


@blueprint.get("/events/<label>")
@requires(Scope.READ)
def list_events(label: str) -> ResponseReturnValue:
    """The account's history, newest first; also that of an account no longer registered."""
    limit, before, host = _limit(), _before(), _host_filter()
    found = events.list_events(accounts.get_account_id(_checked(label), host), limit, before)
    return _json(f'{{"items":{_array(items.event_item(event) for event in found)}}}')


def _json(text: str) -> Response:
    return Response(text, content_type="application/json")


def _array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"


def _checked(label: str) -> str:
    """What is no label is the label of no account; a database may refuse even to look for it."""
    if not re.match(wire.LABEL_PATTERN, label):
        raise UnknownAccount("No account can have this label.")
    return label


def _raw_filter() -> bool:
    return _choice("raw", ("0", "1")) != "0"


def _choice(name: str, allowed: Iterable[str]) -> str | None:
    value = request.args.get(name)
    if value is not None and value not in allowed:
        raise InvalidRequest(f"{name} must be one of: {', '.join(allowed)}")
    return value


def _host_filter() -> str | None:
    host = request.args.get("host")
    if host is not None and not re.match(wire.HOST_PATTERN, host):
        raise InvalidRequest("host is not the name of a host")
    return host


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not re.fullmatch("[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= 500:
        raise InvalidRequest("limit must be a number from 1 to 500")
    return int(text)


def _before() -> Position:
    text = request.args.get("before")
    if text is None:
        return events.END
    found = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,16})", text, re.ASCII)
    if found is None:
        raise InvalidRequest("before must be the position of an event")
    return Position(int(found[1]), int(found[2]))
