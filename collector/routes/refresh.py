"""Wishes for fresh readings: asked for by people, fetched by the agents of the hosts concerned."""

import time
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from http import HTTPStatus
from operator import attrgetter
from threading import Lock
from typing import Annotated, Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from msgspec import Meta

from collector import wire
from collector.auth import Scope, current_host, current_identity, requires
from collector.clock import now
from collector.descriptions import Argument, answers, takes
from collector.errors import InvalidRequest, UnknownRefresh
from collector.parking import News, Seat
from collector.queries import refreshes, wishes
from collector.queries.refreshes import Report
from collector.queries.wishes import OpenWish, Queue
from collector.routes.bodies import read_json_body
from collector.routes.waiting import WAIT, current_parking, park, read_wait_seconds, tell_to_retry
from collector.strict_json import dump
from collector.wire import RefreshRequest
from collector.wire_answers import RefreshReport, WishQueue

# What an agent takes at most, with room for what is around the wishes.
_MAX_WISHES_BYTES = 64 * 1024 - 100
_ID = Argument("id", Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")], "the id of a refresh", "", is_required=True)
_AFTER = Argument("after", wire.Count, "a cursor", 0)

blueprint = Blueprint("refresh", __name__)

_WISHES = attrgetter("wishes")
_PROGRESS = attrgetter("revision", "fetched")


class QueuePolls:
    """Where the newest poll of each token sits: only that one stays parked."""

    def __init__(self) -> None:
        self._newest: dict[str, Seat] = {}
        self._lock = Lock()

    def begin(self, token_id: str) -> Seat:
        """A seat for another poll with the token; the one before has its answer now."""
        with self._lock:
            before, seat = self._newest.get(token_id), Seat()
            self._newest[token_id] = seat
        if before is not None:
            before.wake.set()
        return seat


@blueprint.record_once
def _keep_polls(setup: BlueprintSetupState) -> None:
    setup.app.extensions["queue_polls"] = QueuePolls()


@blueprint.post("/refresh")
@requires(Scope.REFRESH)
@takes(WAIT, body=RefreshRequest, may_lack_body=True)
@answers(RefreshReport, status=202)
def request_refresh() -> ResponseReturnValue:
    """Wish for readings of the accounts named, of a host's, or of all; `?wait=` waits until no answer is missing."""
    wait_seconds, wanted = read_wait_seconds(), _read_wanted()
    if isinstance(wanted.accounts, list):
        refresh_id = refreshes.request_accounts(wanted.accounts, now())
    else:
        refresh_id = refreshes.request_enabled(wanted.host or None, now())
    current_parking().notify()
    return _followed(refresh_id, wait_seconds, lambda report: report.is_settled), 202


@blueprint.get("/refresh")
@requires(Scope.READ)
@takes(_ID, WAIT)
@answers(RefreshReport, HTTPStatus.NOT_MODIFIED, UnknownRefresh)
def show_refresh() -> ResponseReturnValue:
    """How a refresh stands; `?wait=` waits for another standing than `If-None-Match` names, or than now."""
    wait_seconds, refresh_id, known = read_wait_seconds(), _refresh_id(), request.if_none_match
    first = _tag(refreshes.get_report(refresh_id, now()))

    def is_news(report: Report) -> bool:
        tag = _tag(report)
        return report.is_settled or (not known.contains_weak(tag) if known else tag != first)

    return _followed(refresh_id, wait_seconds, is_news).make_conditional(request)


@blueprint.get("/refresh/queue")
@requires(Scope.AGENT)
@takes(_AFTER, WAIT)
@answers(WishQueue)
def list_open_wishes() -> ResponseReturnValue:
    """All open wishes of the agent's host, once one is newer than `?after=`, or `?wait=` seconds have passed."""
    after, wait_seconds, host = _AFTER.read(), read_wait_seconds(), current_host()
    polls: QueuePolls = current_app.extensions["queue_polls"]
    seat = polls.begin(current_identity().token_id)
    queue, may_park = wishes.read_queue(host.id, now()), True
    if wait_seconds > 0 and not queue.is_news(after):
        issued = queue.issued
        news = News(_WISHES, lambda signals: signals.wishes.get(host.id, 0) > issued)
        may_park = park(news, wait_seconds, seat=seat)
        queue = wishes.read_queue(host.id, now())
    response = _handed_out(host.id, queue, after)
    return response if may_park else tell_to_retry(response)


def _handed_out(host_id: int, queue: Queue, after: int) -> Response:
    given = _bounded(queue.wishes, after)
    highest = max((wish.cursor for wish in given), default=0)
    if highest > queue.seen:
        wishes.record_seen(host_id, highest)
        current_parking().notify()
    # What did not fit is newer than all that was given, and comes with the next poll.
    cursor = max(highest, queue.issued) if len(given) == len(queue.wishes) else max(highest, min(after, queue.issued))
    return jsonify(
        refreshes=[{"account_label": wish.label, "cursor": wish.cursor} for wish in given],
        cursor=cursor,
    )


def _bounded(open_wishes: list[OpenWish], after: int) -> list[OpenWish]:
    """As many as an answer may hold; those that the agent does not know go before those that it does."""
    given, size = [], 0
    for wish in sorted(open_wishes, key=lambda wish: (wish.cursor <= after, wish.cursor)):
        size += len(dump({"account_label": wish.label, "cursor": wish.cursor})) + 1
        if size > _MAX_WISHES_BYTES:
            break
        given.append(wish)
    return sorted(given, key=lambda wish: wish.cursor)


def _followed(refresh_id: str, wait_seconds: float, is_enough: Callable[[Report], bool]) -> Response:
    """The report as soon as it is enough, and after the time to wait whatever it says."""
    ends_at = time.monotonic() + wait_seconds
    before = None
    while True:
        # First: what is written after this wakes us.
        signals = wishes.read_signals()
        report = refreshes.get_report(refresh_id, now())
        seconds = ends_at - time.monotonic()
        # The same signals twice: woken because the process ends.
        if is_enough(report) or seconds <= 0 or signals == before:
            return _reported(refresh_id, report)
        before = signals
        if not park(News(_PROGRESS, signals.is_before), seconds):
            return tell_to_retry(_reported(refresh_id, report))


def _reported(refresh_id: str, report: Report) -> Response:
    results: list[dict[str, Any]] = [asdict(result) for result in report.results]
    response = jsonify(refresh_id=refresh_id, results=results, summary=report.summary)
    response.set_etag(_tag(report), weak=True)
    return response


def _tag(report: Report) -> str:
    """What the report says, in short: whoever names it is told only of something else."""
    return sha256(repr(report).encode()).hexdigest()[:32]


def _read_wanted() -> RefreshRequest:
    """Without a body everything is wanted, as with an empty object."""
    if not request.content_length and "Transfer-Encoding" not in request.headers:
        return RefreshRequest()
    return wire.parse_refresh_request(read_json_body(wire.MAX_BODY_BYTES))


def _refresh_id() -> str:
    try:
        return _ID.read()
    except InvalidRequest as error:
        raise UnknownRefresh("No refresh can have this id.") from error
