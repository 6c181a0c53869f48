"""The collector's clock: the only one that decides anything."""

from datetime import UTC, datetime

from flask import current_app


def utc_now() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    """The time of the app that answers; it may run on another clock than the machine's."""
    moment: datetime = current_app.extensions["clock"]()
    return moment
