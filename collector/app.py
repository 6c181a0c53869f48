"""create_app: the one place that wires the collector together."""

import logging
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from collector import auth, database, errors
from collector.clock import utc_now
from collector.routes import health, ingest, session, status
from collector.settings import Settings
from collector.wire import MAX_BODY_BYTES

logger = logging.getLogger(__name__)


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Flask:
    """The collector as a WSGI application. It expects a migrated database and connects when first asked."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.extensions["clock"] = clock
    database.open_database(settings)
    for noun in (health, ingest, session, status):
        app.register_blueprint(noun.blueprint)
    auth.init_app(app)
    app.after_request(_harden)
    _register_error_handlers(app)
    return app


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


def _harden(response: Response) -> Response:
    """No copy of an answer stays behind on the way, and none is taken for another type than it says."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
