"""Under which names the collector answers: the public one and those of this machine, and none that just leads here.

Another site could give itself our address, and its pages would pass for ours in a browser.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.sansio.utils import get_current_url, get_host

from collector.errors import MisdirectedRequest
from collector.origins import is_loopback, parse_origin
from collector.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])


def at_any_address(view: View) -> View:
    """Open a route under every name: whoever looks after the process may know nothing but a number."""
    view.is_at_any_address = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    app.before_request(_refuse_other_names)


def _refuse_other_names() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, "is_at_any_address"):
        return
    settings: Settings = current_app.extensions["settings"]
    if not _is_ours(request.scheme, request.headers.get("Host"), request.server, settings.public_url):
        raise MisdirectedRequest(_explanation(settings.public_url))


# Every request asks, and nearly always about the same name.
@lru_cache(maxsize=64)
def _is_ours(scheme: str, name: str | None, server: tuple[str, int | None] | None, public_url: str | None) -> bool:
    """`name` as it was sent, with its port; without one the request is to the address of the `server`."""
    called = parse_origin(get_current_url(scheme, get_host(scheme, name, server)))
    public = parse_origin(public_url or "")
    return called is not None and (is_loopback(called.host) or (public is not None and called.host == public.host))


def _explanation(public_url: str | None) -> str:
    if public_url is None:
        return "Only this machine is known as an address; set COLLECTOR_PUBLIC_URL to the one that you use."
    return f"This collector is at {public_url}. Use that address, and let a proxy in front pass the Host header on."
