"""Whether the process is up, and whether it can do its work."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from collector import migrations
from collector.auth import public
from collector.errors import NotReady

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def show_health() -> ResponseReturnValue:
    return {"ok": True}


@blueprint.get("/readyz")
@public
def show_readiness() -> ResponseReturnValue:
    if not migrations.is_ready():
        raise NotReady("The database does not answer or its schema is not current; run: collector migrate")
    return {"ok": True}
