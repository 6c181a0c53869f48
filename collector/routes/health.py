"""Whether the process is up, and whether it can do its work."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from collector import migrations
from collector.addresses import at_any_address
from collector.auth import public
from collector.descriptions import answers
from collector.errors import NotReady
from collector.wire_answers import Alive

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
@at_any_address
@answers(Alive)
def show_health() -> ResponseReturnValue:
    """The process is up."""
    return {"ok": True}


@blueprint.get("/readyz")
@public
@at_any_address
@answers(Alive, NotReady)
def show_readiness() -> ResponseReturnValue:
    """The database answers, and its schema is that of this release."""
    if not migrations.is_ready():
        raise NotReady("The database does not answer or its schema is not current; run: collector migrate")
    return {"ok": True}
