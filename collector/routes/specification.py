"""The specification of the API, for programs and those who write them."""

from importlib.metadata import version
from typing import Any

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from collector import browser
from collector.auth import Scope, requires
from collector.descriptions import answers
from collector.specification import build_document

blueprint = Blueprint("specification", __name__)


@blueprint.get("/openapi.json")
@requires(Scope.READ)
@answers(dict[str, Any])
def show_specification() -> ResponseReturnValue:
    """The whole API: each route with what it takes, what it answers, and how it refuses."""
    return build_document(current_app, version("codex-status-fleet"), browser.cookie_name() or "__Host-session")
