"""What readers ask beside the present: which accounts there are, and how one stood."""

from typing import Annotated, Literal

from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from collector.auth import Scope, requires
from collector.descriptions import Argument, answers, takes
from collector.errors import AmbiguousLabel, UnknownAccount
from collector.queries import accounts, events
from collector.queries.events import Position
from collector.routes import items
from collector.routes.answers import json_answer
from collector.routes.arguments import HOST, checked_label
from collector.wire_answers import Events, Registered

blueprint = Blueprint("status", __name__)

_REMOVED = Argument("removed", Literal["0", "1"], "0, or 1 for accounts that are no longer registered", "0")
_LIMIT = Argument("limit", Annotated[int, Meta(ge=1, le=500)], "a number from 1 to 500", 50)
_POSITION = Annotated[str, Meta(pattern=r"\A[0-9]{1,9}\.[0-9]{1,16}\Z")]
_BEFORE: Argument[str | None] = Argument("before", _POSITION, "the position of an event", None)


@blueprint.get("/registry")
@requires(Scope.READ)
@takes(HOST, _REMOVED)
@answers(Registered)
def list_registry() -> ResponseReturnValue:
    """Every registered account of every host; with `?removed=1` those of which only the history is left."""
    found = accounts.list_standings(host=HOST.read(), with_raw=False, is_removed=_REMOVED.read() == "1")
    return {"items": [{"host": account.host, **items.registry_entry(account)} for account in found]}


@blueprint.get("/events/<label>")
@requires(Scope.READ)
@takes(_LIMIT, _BEFORE, HOST)
@answers(Events, UnknownAccount, AmbiguousLabel)
def list_events(label: str) -> ResponseReturnValue:
    """The account's history, newest first; also that of an account no longer registered."""
    limit, before, host = _LIMIT.read(), _before(), HOST.read()
    found = events.list_events(accounts.get_account_id(checked_label(label), host), limit, before)
    return json_answer(items=(items.event_item(event) for event in found))


def _before() -> Position:
    text = _BEFORE.read()
    if text is None:
        return events.END
    epoch, seq = text.split(".")
    return Position(int(epoch), int(seq))
