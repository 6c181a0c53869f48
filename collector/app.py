"""create_app: the one place that wires the collector together."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from collector import addresses, auth, database, errors, headers, request_log
from collector.clock import utc_now
from collector.housekeeping import Housekeeping
from collector.parking import MAX_PARKED, Parking
from collector.queries import wishes
from collector.routes import (
    dashboard,
    forgetting,
    health,
    history,
    hosts,
    ingest,
    keys,
    latest,
    metrics,
    refresh,
    session,
    specification,
    status,
    waiting,
)
from collector.settings import Settings
from collector.wire import MAX_BODY_BYTES

logger = logging.getLogger(__name__)

_NOUNS = (
    *(dashboard, forgetting, health, history, hosts, ingest),
    *(keys, latest, metrics, refresh, session, specification, status),
)


class _App(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine; Flask would look for one at every call of a view or a hook."""
        return func


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Flask:
    """The collector as a WSGI application. It expects a migrated database and connects when first asked."""
    app = _App(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.extensions.update(clock=clock, settings=settings)
    app.extensions["parking"] = Parking(wishes.read_signals, clock, MAX_PARKED)
    app.extensions["housekeeping"] = Housekeeping(timedelta(days=settings.retention_days), clock)
    database.open_database(settings)
    for noun in _NOUNS:
        app.register_blueprint(noun.blueprint)
    request_log.init_app(app)
    addresses.init_app(app)
    auth.init_app(app)
    headers.init_app(app)
    app.after_request(waiting.tell_parked)
    app.teardown_request(_give_back)
    _register_error_handlers(app)
    _believe_proxies(app, settings.trusted_proxies)
    return app


def _give_back(_error: BaseException | None) -> None:
    database.give_back_connection()
    waiting.current_parking().end_turn()


def _believe_proxies(app: Flask, number: int) -> None:
    # Not about the host: that is passed on as it was asked for, or named by COLLECTOR_PUBLIC_URL.
    if number:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=0)  # type: ignore[method-assign]


def _register_error_handlers(app: Flask) -> None:
    app.register_error_handler(errors.Problem, errors.render_problem)
    app.register_error_handler(HTTPException, errors.render_http_exception)
    app.register_error_handler(Exception, errors.render_crash)
    for fault in database.FAULTS:
        app.register_error_handler(fault, _render_database_fault)


def _render_database_fault(error: Exception) -> ResponseReturnValue:
    # With the whole chain: after some faults SQLite has already rolled back, and the last error only says so.
    logger.error("the database failed", exc_info=error)
    return errors.render_problem(database.explain_fault(error))
