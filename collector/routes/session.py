"""Who am I?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from collector.auth import Scope, current_identity, requires

blueprint = Blueprint("session", __name__)


@blueprint.get("/session")
@requires(Scope.AGENT, Scope.READ)
def show_session() -> ResponseReturnValue:
    """An agent learns here which host its token is for."""
    identity = current_identity()
    host = identity.host.name if identity.host else None
    return {"kind": identity.kind, "host": host, "read_only": identity.read_only}
