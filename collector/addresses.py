"""Under which names the collector answers: the public one and those of this machine, and none that just leads here.

Another site could give itself our address, and its pages would pass for ours in a browser.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

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
    called = parse_origin(request.host_url)
    public = parse_origin(settings.public_url or "")
    if called is None or not (is_loopback(called.host) or (public and called.host == public.host)):
        raise MisdirectedRequest(_explanation(settings.public_url))


def _explanation(public_url: str | None) -> str:
    if public_url is None:
        return "Only this machine is known as an address; set COLLECTOR_PUBLIC_URL to the one that you use."
    return f"This collector is at {public_url}. Use that address, and let a proxy in front pass the Host header on."
