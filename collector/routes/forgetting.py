"""For admins: forgetting accounts and hosts that are no more."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from collector.auth import Scope, requires
from collector.clock import now
from collector.descriptions import answers, takes
from collector.errors import StillRegistered, UnknownAccount, UnknownHost
from collector.queries import forgetting
from collector.routes.arguments import PURGE, checked_host, checked_label

blueprint = Blueprint("forgetting", __name__)


@blueprint.delete("/registry/<host>/<label>")
@requires(Scope.ADMIN)
@takes(PURGE)
@answers(None, UnknownAccount, UnknownHost, StillRegistered, status=204)
def forget_account(host: str, label: str) -> ResponseReturnValue:
    """The account is no longer shown; with `?purge=1` its history is deleted too."""
    forgetting.forget_account(checked_host(host), checked_label(label), _is_purge(), now())
    return "", 204


@blueprint.delete("/hosts/<host>")
@requires(Scope.ADMIN)
@takes(PURGE)
@answers(None, UnknownHost, StillRegistered, status=204)
def forget_host(host: str) -> ResponseReturnValue:
    """The host's tokens are revoked and its accounts no longer shown; with `?purge=1` their history is deleted too."""
    forgetting.forget_host(checked_host(host), _is_purge(), now())
    return "", 204


def _is_purge() -> bool:
    return PURGE.read() == "1"
