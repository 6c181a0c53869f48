"""For admins: forgetting accounts and hosts that are no more."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from collector.auth import Scope, requires
from collector.clock import now
from collector.queries import forgetting
from collector.routes.arguments import checked_host, checked_label, choice

blueprint = Blueprint("forgetting", __name__)


@blueprint.delete("/registry/<host>/<label>")
@requires(Scope.ADMIN)
def forget_account(host: str, label: str) -> ResponseReturnValue:
    """The account is no longer shown; with `?purge=1` its history is deleted too."""
    forgetting.forget_account(checked_host(host), checked_label(label), _is_purge(), now())
    return "", 204


@blueprint.delete("/hosts/<host>")
@requires(Scope.ADMIN)
def forget_host(host: str) -> ResponseReturnValue:
    """The host's tokens are revoked and its accounts no longer shown; with `?purge=1` their history is deleted too."""
    forgetting.forget_host(checked_host(host), _is_purge(), now())
    return "", 204


def _is_purge() -> bool:
    return choice("purge", ("0", "1")) == "1"
