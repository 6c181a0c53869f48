"""What the lines of a chart are drawn from."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from collector import series
from collector.auth import Scope, requires
from collector.clock import now
from collector.descriptions import Argument, answers, takes
from collector.errors import AmbiguousLabel, InvalidRequest, UnknownAccount
from collector.queries import accounts, history
from collector.routes.arguments import HOST, checked_label
from collector.series import Failure, Span
from collector.wire import WindowName
from collector.wire_answers import History
from collector.wire_schemas import YEARS

blueprint = Blueprint("history", __name__)

_DEFAULT_SPAN = timedelta(days=7)
_WINDOW: Argument[str | None] = Argument("window", WindowName, "the name of a window, as 5h or weekly", None)
_TIME = Annotated[datetime, Meta(tz=True, extra_json_schema=YEARS)] | Annotated[float, Meta(ge=0, lt=7_258_118_400)]
_A_TIME = "a time, as 2026-11-22T09:20:12Z or in epoch seconds"
_FROM: Argument[datetime | float | None] = Argument("from", _TIME, _A_TIME, None)
_TO: Argument[datetime | float | None] = Argument("to", _TIME, _A_TIME, None)
_POINTS = Argument("points", Annotated[int, Meta(ge=10, le=2000)], "a number from 10 to 2000", 500)


@blueprint.get("/history/<label>")
@requires(Scope.READ)
@takes(_WINDOW, _FROM, _TO, _POINTS, HOST)
@answers(History, UnknownAccount, AmbiguousLabel)
def show_history(label: str) -> ResponseReturnValue:
    """How one window of the account was used, as a line to draw; of the last seven days where nothing else is said.

    `points` are `[epoch seconds, used %]`, by time, at most so many as asked for: thinned where there are more, without
    losing the highest. `null` breaks the line: the account had not been read for too long, or without this window.
    Without `window` it is the one that had the least left when the account was last read; `null` where none was seen.
    `resets` are the times at which the window began anew, `failures` the probes that gave no reading.
    """
    window, most, span = _WINDOW.read(), _POINTS.read(), _read_span()
    account_id = accounts.get_account_id(checked_label(label), HOST.read())
    window = window or history.find_tightest_window(account_id)
    found = history.read_history(account_id, window or "", *span)
    drawn = Span(*(moment.timestamp() for moment in span))
    return {
        "window": window,
        "points": [[round(at), used] for at, used in series.draw_line(found.stretches, drawn, most)] if window else [],
        "resets": [round(at) for at in series.list_resets(found.stretches, drawn, most)],
        "failures": [_failure_item(failure) for failure in series.draw_failures(found.failures, drawn, most)],
    }


def _read_span() -> tuple[datetime, datetime]:
    end = _read_time(_TO) or now()
    _require_calendar("to", end)
    start = _read_time(_FROM) or end - _DEFAULT_SPAN
    _require_calendar("from", start)
    if start >= end:
        raise InvalidRequest("from must be before to")
    return start, end


def _read_time(argument: Argument[datetime | float | None]) -> datetime | None:
    value = argument.read()
    return datetime.fromtimestamp(value, UTC) if isinstance(value, float) else value


def _require_calendar(name: str, moment: datetime) -> None:
    """Far enough from both ends of the calendar to reckon with."""
    if not 1970 <= moment.year < 2200:
        raise InvalidRequest(f"{name} must be between the years 1970 and 2200")


def _failure_item(failure: Failure) -> dict[str, Any]:
    return {
        "from": round(failure.span.start),
        "to": round(failure.span.end),
        "code": failure.code,
        "count": failure.number,
    }
