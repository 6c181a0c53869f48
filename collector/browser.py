"""What is due to browsers: the cookie that is their session, and that no other site speaks through them."""

import re

from flask import Response, current_app, request

from collector.errors import CrossOrigin, HttpsRequired
from collector.origins import Origin, is_loopback, parse_origin
from collector.queries.sessions import ABSOLUTE_LIMIT
from collector.settings import Settings

_NOWHERE = Origin("http", "", 80)


def own_origin() -> Origin:
    """Where browsers find this collector: the public address, else the one that this request names."""
    return parse_origin(_settings().public_url or request.host_url) or _NOWHERE


def is_https() -> bool:
    """Whether the way to the browser is https. The public address decides, whatever a proxy passes on to us."""
    public_url = _settings().public_url
    return own_origin().scheme == "https" if public_url else request.scheme == "https"


def is_exposed() -> bool:
    """Whether others on the network can read what passes between the browser and us."""
    is_local = is_loopback(own_origin().host) and is_loopback(request.remote_addr or "")
    return not (is_https() or is_local)


def require_own_page() -> None:
    """Raises CrossOrigin unless a page of this collector sent the request; a browser always says whose it was.

    Another port of this machine is another site here, although it shares our cookies.
    """
    if not _is_from_own_page():
        raise CrossOrigin(f"Only the collector's own page at {own_origin()} may do this in a browser.")


def require_private_way() -> None:
    """Raises HttpsRequired where a session would pass in the open and nobody has allowed that."""
    if cookie_name() is None:
        raise HttpsRequired(
            "Signing in needs https. Put a proxy with a certificate in front and set COLLECTOR_PUBLIC_URL to its "
            "address, or open the page on the collector's machine, or set COLLECTOR_INSECURE_HTTP=1 in a network "
            "where nobody listens."
        )


def cookie_name() -> str | None:
    """None where no session may pass. Ports share cookies, so over plain http each has its own."""
    if is_https():
        return "__Host-session"
    if is_exposed() and not _settings().allows_insecure_http:
        return None
    return f"session-{own_origin().port}"


def session_secret() -> str | None:
    """What the browser kept of its session; None when that is nothing, or nothing of ours."""
    name = cookie_name()
    value = request.cookies.get(name) if name else None
    return value if value and is_secret(value) else None


def is_secret(text: str) -> bool:
    """Whether `text` has the shape of a session's secret, or a code's."""
    return re.fullmatch("[0-9a-f]{64}", text, re.ASCII) is not None


def keep_session(response: Response, secret: str) -> None:
    """Over https; elsewhere only after `require_private_way`."""
    _set_cookie(response, secret, int(ABSOLUTE_LIMIT.total_seconds()))


def forget_session(response: Response) -> None:
    _set_cookie(response, "", 0)


def _is_from_own_page() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    # Browsers leave it out over plain http to another machine.
    return parse_origin(request.headers.get("Origin", "")) == own_origin()


def _set_cookie(response: Response, value: str, max_age_seconds: int) -> None:
    if name := cookie_name():
        response.set_cookie(
            name, value, max_age=max_age_seconds, path="/", secure=is_https(), httponly=True, samesite="Lax"
        )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
