"""The page: templates and files with nothing in them that is anybody's secret."""

from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template, send_from_directory
from flask.typing import ResponseReturnValue

from collector import browser
from collector.auth import public
from collector.descriptions import answers

_STATIC = Path(__file__).parent.parent / "static"

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@public
@answers(str, media_types=("text/html",))
def show_dashboard() -> ResponseReturnValue:
    """The page."""
    return _page("dashboard.html")


@blueprint.get("/fleet/<path:room>")
@public
@answers(str, HTTPStatus.NOT_FOUND, media_types=("text/html",))
def show_room(room: str) -> ResponseReturnValue:  # noqa: ARG001 - the page reads its own address
    """The page, open at another room than the list. It holds no data: nothing is said of what is there and what not."""
    return _page("dashboard.html")


@blueprint.get("/login")
@public
@answers(str, media_types=("text/html",))
def show_login() -> ResponseReturnValue:
    """Where people sign in."""
    return _page("login.html")


@blueprint.get("/static/<path:name>")
@public
@answers(bytes, HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND, media_types=("*/*",))
def send_static(name: str) -> ResponseReturnValue:
    """A file of the page.

    Kept by the browser and asked for again each time, so that a new release never meets old files.
    """
    return send_from_directory(_STATIC, name)


def _page(template: str) -> Response:
    site = {
        "version": _version(),
        "is_demo": current_app.extensions["settings"].is_demo,
        "is_insecure": browser.is_exposed(),
    }
    response = make_response(render_template(template, **site))
    response.cache_control.no_cache = True
    return response


@cache
def _version() -> str:
    return version("codex-status-fleet")
