"""Who is asking, and whether they may: one check in front of every route, before its body is read."""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from collector import browser
from collector.clock import now
from collector.database import FAULTS
from collector.errors import DatabaseBusy, Forbidden, Unauthenticated
from collector.queries import sessions, tokens
from collector.queries.tokens import AgentHost, Identity, Kind

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"\Acsf[avm]_([0-9a-f]{12})_[0-9a-f]{64}\Z")
_NOTE_USE_EVERY = timedelta(minutes=1)
_READING_METHODS = {"GET", "HEAD", "OPTIONS"}


class Scope(StrEnum):
    """What a route lets its caller do."""

    AGENT = "agent"
    READ = "read"
    REFRESH = "refresh"
    ADMIN = "admin"


_GRANTS = {
    Kind.AGENT: {Scope.AGENT},
    Kind.VIEWER: {Scope.READ, Scope.REFRESH},
    Kind.ADMIN: {Scope.READ, Scope.REFRESH, Scope.ADMIN},
}

View = TypeVar("View", bound=Callable[..., Any])


def requires(*scopes: Scope) -> Callable[[View], View]:
    """Open a route to whoever has one of `scopes`."""

    def declare(view: View) -> View:
        view.scopes = frozenset(scopes)  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Open a route to everybody, with or without a token."""
    view.scopes = None  # type: ignore[attr-defined]
    return view


def for_own_page(view: View) -> View:
    """Close a route to other sites and to programs, even where nobody has signed in yet: it is for browsers."""
    view.is_for_own_page = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Guard `app`. Called after its routes are known: one that says nothing of its callers stops the start."""
    for endpoint, view in app.view_functions.items():
        if not hasattr(view, "scopes"):
            raise RuntimeError(f"{endpoint} says neither @requires(…) nor @public")
    app.extensions["noted_uses"] = {}
    app.before_request(_authorise)
    app.after_request(_note_use)


def current_identity() -> Identity:
    identity: Identity = g.identity
    return identity


def current_host() -> AgentHost:
    """The host of the agent that calls. Only for routes of Scope.AGENT, whose callers all have one."""
    host = current_identity().host
    if host is None:
        raise Forbidden("Only an agent's token has a host.")
    return host


def find_identity(token: str) -> Identity | None:
    """Whose token it is. None for malformed, unknown, wrong and revoked ones; the first costs no query."""
    shape = _TOKEN.match(token)
    return tokens.find_identity(shape[1], shape[0]) if shape else None


def require_still_valid() -> None:
    """For a request that was parked: its token may have been revoked meanwhile. Raises Unauthenticated."""
    _authenticate()


def _authorise() -> None:
    """Refuse the request, or remember whose it is. A path without a route has nothing to protect."""
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    is_change = request.method not in _READING_METHODS
    if is_change and hasattr(view, "is_for_own_page"):
        browser.require_own_page()
    scopes: frozenset[Scope] | None = getattr(view, "scopes", frozenset())
    if scopes is None:
        return
    identity = _authenticate()
    g.token_id = identity.token_id
    # A browser adds its cookie to whatever any site makes it send; a program sends a token on purpose.
    if is_change and identity.session_id is not None:
        browser.require_own_page()
    if not scopes & _granted(identity):
        raise Forbidden(f"A token of the kind {identity.kind} may not do this.")
    g.identity = identity


def _authenticate() -> Identity:
    """By the token that is sent, however wrong; by the session only where none is. Raises Unauthenticated."""
    header = request.headers.get("Authorization")
    identity = _find_session() if header is None else _find_bearer(header)
    if identity is None:
        raise Unauthenticated("Send a valid token, as Authorization: Bearer csf…, or sign in on the page.")
    return identity


def _find_bearer(header: str) -> Identity | None:
    scheme, _, text = header.partition(" ")
    return find_identity(text.strip()) if scheme.lower() == "bearer" else None


def _find_session() -> Identity | None:
    secret = browser.session_secret()
    return None if secret is None else sessions.find_identity(secret, now())


def _granted(identity: Identity) -> set[Scope]:
    grants = _GRANTS[identity.kind]
    return grants - {Scope.REFRESH} if identity.read_only else grants


def _note_use(response: Response) -> Response:
    """Write down, at most once a minute, that a token or session is in use; no answer waits for it, or fails by it."""
    identity: Identity | None = g.get("identity")
    if identity is None or response.status_code >= 500:
        return response
    noted: dict[str, datetime] = current_app.extensions["noted_uses"]
    key, moment = identity.session_id or identity.token_id, now()
    if key not in noted or moment - noted[key] >= _NOTE_USE_EVERY:
        noted[key] = moment
        if not _record_use(identity, moment):
            noted.pop(key, None)
    return response


def _record_use(identity: Identity, moment: datetime) -> bool:
    """False when the database is busy or in trouble; the next request tries again."""
    try:
        tokens.record_use(identity, moment)
    except (DatabaseBusy, *FAULTS) as error:
        logger.debug("could not note the use of token %s: %s", identity.token_id, error)
        return False
    return True
