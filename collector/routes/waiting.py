"""Answers that may wait for news: how long, and who is told that there is some."""

import re

from flask import Response, current_app, request

from collector.errors import InvalidRequest
from collector.parking import MAX_WAIT_SECONDS, Parking


def read_wait_seconds() -> float:
    """How long `?wait=` asks to be parked, at most as long as anybody may be; 0 when it is not there."""
    text = request.args.get("wait", "0")
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text, re.ASCII):
        raise InvalidRequest("wait must be a number of seconds")
    return min(float(text), MAX_WAIT_SECONDS)


def current_parking() -> Parking:
    parking: Parking = current_app.extensions["parking"]
    return parking


def tell_parked(response: Response) -> Response:
    """Whatever this request has changed is committed now."""
    if request.method not in {"GET", "HEAD", "OPTIONS"} and response.status_code < 400:
        current_parking().notify()
    return response
