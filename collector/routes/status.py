"""What readers ask beside the present: which accounts there are, and how one stood."""

import re

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from collector.auth import Scope, requires
from collector.errors import InvalidRequest
from collector.queries import accounts, events
from collector.queries.events import Position
from collector.routes import items
from collector.routes.answers import json_answer
from collector.routes.arguments import checked_label, host_filter

blueprint = Blueprint("status", __name__)


@blueprint.get("/registry")
@requires(Scope.READ)
def list_registry() -> ResponseReturnValue:
    """Every registered account of every host."""
    found = accounts.list_standings(host=host_filter())
    return {"items": [{"host": account.host, **items.registry_entry(account)} for account in found]}


@blueprint.get("/events/<label>")
@requires(Scope.READ)
def list_events(label: str) -> ResponseReturnValue:
    """The account's history, newest first; also that of an account no longer registered."""
    limit, before, host = _limit(), _before(), host_filter()
    found = events.list_events(accounts.get_account_id(checked_label(label), host), limit, before)
    return json_answer(items=(items.event_item(event) for event in found))


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
