"""How the accounts stand now: all of it, or what is shown otherwise since the reader last asked."""

import time
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from operator import attrgetter
from typing import get_args

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from collector import wire
from collector.auth import Scope, requires
from collector.clock import now
from collector.descriptions import Argument, answers, takes
from collector.errors import AmbiguousLabel, UnknownAccount
from collector.parking import RETRY_AFTER_SECONDS, News
from collector.queries import accounts, fleet, logins
from collector.queries.fleet import Edition, Present
from collector.routes import items
from collector.routes.answers import Item, json_answer
from collector.routes.arguments import HOST, RAW, checked_label
from collector.routes.heads import Filters, Heads
from collector.routes.waiting import WAIT, park, read_wait_seconds
from collector.states import State
from collector.strict_json import dump
from collector.wire_answers import Latest, LatestItem

blueprint = Blueprint("latest", __name__)

_MOST_CHANGES = 200
_REVISION = attrgetter("revision")
_PROVIDERS = f"one of: {', '.join(get_args(wire.Provider))}"
_PROVIDER: Argument[str | None] = Argument("provider", wire.Provider, _PROVIDERS, None)
_STATE: Argument[State | None] = Argument("state", State, f"one of: {', '.join(State)}", None)
_SINCE: Argument[str | None] = Argument("since", str, "a revision; what is none of ours gets the whole", None)


@dataclass(frozen=True)
class _Changes:
    """Items that may be shown otherwise, and the places of accounts that are not shown any more."""

    shown: list[Item]
    removed: list[Item]


@blueprint.record_once
def _keep_heads(setup: BlueprintSetupState) -> None:
    setup.app.extensions["heads"] = Heads()


@blueprint.get("/latest")
@requires(Scope.READ)
@takes(_SINCE, WAIT, HOST, _PROVIDER, _STATE, RAW)
@answers(Latest, HTTPStatus.NOT_MODIFIED)
def list_latest() -> ResponseReturnValue:
    """Every account, or with `?since=` only changes; `?wait=` waits for one. An unknown `since` gets all."""
    filters, wait_seconds = _filters(), read_wait_seconds()
    if (text := _SINCE.read()) is not None:
        since = fleet.parse_edition(text)
        return _whole(fleet.read_present(now()), filters) if since is None else _news(since, filters, wait_seconds)
    present = fleet.read_present(now())
    return _unchanged(present.edition) or _named(_whole(present, filters), present.edition)


@blueprint.get("/latest/<label>")
@requires(Scope.READ)
@takes(HOST, RAW)
@answers(LatestItem, HTTPStatus.NOT_MODIFIED, UnknownAccount, AmbiguousLabel)
def show_latest(label: str) -> ResponseReturnValue:
    checked, host, with_raw = checked_label(label), HOST.read(), RAW.read() == "1"
    # Before the account: what is written in between shows again under a later edition.
    present = fleet.read_present(now())
    if (unchanged := _unchanged(present.edition)) is not None:
        return unchanged
    account = accounts.get_standing(checked, host)
    body = b"".join(items.account_item(account, present.now, with_raw))
    return _named(Response(body, content_type="application/json"), present.edition)


def _filters() -> Filters:
    return Filters(host=HOST.read(), provider=_PROVIDER.read(), state=_STATE.read(), with_raw=RAW.read() == "1")


def _whole(present: Present, filters: Filters) -> Response:
    return json_answer(revision=_revision(present), items=_heads().list_items(present, filters))


def _news(since: Edition, filters: Filters, wait_seconds: float) -> Response:
    """What has changed, as soon as something has; after the time to wait, that nothing did."""
    ends_at = time.monotonic() + wait_seconds
    before = None
    while True:
        present = fleet.read_present(now())
        changes = _changes(since, present, filters)
        if changes is None:
            return _whole(present, filters)
        seconds = ends_at - time.monotonic()
        # An edition twice: woken because the process ends, or by a deadline that has moved meanwhile.
        if changes.shown or changes.removed or seconds <= 0 or present.edition == before:
            return _told(changes, present)
        before = present.edition
        if not _park(present, seconds):
            response = _told(changes, present)
            response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response


def _park(present: Present, seconds: float) -> bool:
    """Until something is written, or time alone changes something. False when too many are parked."""
    revision = present.edition.revision
    news = News(_REVISION, lambda signals: signals.revision > revision)
    return park(news, seconds, fleet.next_deadline(present))


def _changes(since: Edition, present: Present, filters: Filters) -> _Changes | None:
    """None when it cannot be told what changed since, or when so much did that the whole is told sooner.

    Whatever the filters stop counts as removed: it may have been shown before, and who never had it loses nothing.
    """
    changed_ids = fleet.list_changed_ids(since, present)
    if changed_ids is None or len(changed_ids) > _MOST_CHANGES:
        return None
    shown, hidden = [], set(changed_ids)
    for account in accounts.list_standings_by_id(changed_ids, filters.host):
        if found := _heads().items_of(account, present, filters):
            shown += found
            hidden.discard(account.id)
    return _Changes(shown, [items.removed_item(place) for place in logins.list_places_of(hidden, filters.host)])


def _revision(present: Present) -> bytes:
    return dump(str(present.edition)).encode()


def _heads() -> Heads:
    heads: Heads = current_app.extensions["heads"]
    return heads


def _told(changes: _Changes, present: Present) -> Response:
    return json_answer(revision=_revision(present), items=changes.shown, removed=changes.removed)


def _unchanged(edition: Edition) -> Response | None:
    """304 for a reader that has this edition already."""
    if not request.if_none_match.is_weak(_tag(edition)):
        return None
    response = _named(Response(status=304), edition)
    del response.headers["Content-Type"]
    return response


def _named(response: Response, edition: Edition) -> Response:
    response.set_etag(_tag(edition), weak=True)
    return response


def _tag(edition: Edition) -> str:
    """Of what was asked for at this edition."""
    return f"{edition}.{sha256(request.full_path.encode()).hexdigest()[:16]}"
