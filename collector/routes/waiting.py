"""Answers that may wait for news: how long, and who is told that there is some."""

from datetime import datetime
from typing import Annotated

from flask import Response, current_app, request
from msgspec import Meta

from collector import auth
from collector.descriptions import Argument
from collector.parking import MAX_WAIT_SECONDS, RETRY_AFTER_SECONDS, News, Parking, Seat

WAIT = Argument("wait", Annotated[float, Meta(ge=0, lt=1e9)], "a number of seconds; more than 30 are 30", 0.0)


def read_wait_seconds() -> float:
    """How long `?wait=` asks to be parked, at most as long as anybody may be; 0 when it is not there."""
    return min(WAIT.read(), MAX_WAIT_SECONDS)


def current_parking() -> Parking:
    parking: Parking = current_app.extensions["parking"]
    return parking


def park(news: News, seconds: float, wake_at: datetime | None = None, seat: Seat | None = None) -> bool:
    """As `Parking.park`; afterwards only for a caller whose token is still good. Raises Unauthenticated."""
    has_parked = current_parking().park(news, seconds, wake_at, seat)
    if has_parked:
        auth.require_still_valid()
    return has_parked


def tell_to_retry(response: Response) -> Response:
    """The caller would have liked to be parked, and should not ask again at once."""
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def tell_parked(response: Response) -> Response:
    """Whatever this request has changed is committed now."""
    if request.method not in {"GET", "HEAD", "OPTIONS"} and response.status_code < 400:
        current_parking().notify()
    return response
