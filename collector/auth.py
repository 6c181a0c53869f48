"""Who is asking, and whether they may: one check in front of every route, before its body is read."""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from collector.clock import now
from collector.database import FAULTS
from collector.errors import DatabaseBusy, Forbidden, Unauthenticated
from collector.queries import tokens
from collector.queries.tokens import AgentHost, Identity, Kind

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"\Acsf[avm]_([0-9a-f]{12})_[0-9a-f]{64}\Z")
_NOTE_USE_EVERY = timedelta(minutes=1)


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


def _authorise() -> None:
    """Refuse the request, or remember whose it is. A path without a route has nothing to protect."""
    if request.endpoint is None:
        return
    scopes: frozenset[Scope] | None = getattr(current_app.view_functions[request.endpoint], "scopes", frozenset())
    if scopes is None:
        return
    identity = _authenticate(request.headers.get("Authorization", ""))
    if not scopes & _granted(identity):
        raise Forbidden(f"A token of the kind {identity.kind} may not do this.")
    g.identity = identity


def _authenticate(header: str) -> Identity:
    """Whose token it is. One answer for malformed, unknown, wrong and revoked ones; the first costs no query."""
    scheme, _, text = header.partition(" ")
    shape = _TOKEN.match(text.strip())
    if scheme.lower() == "bearer" and shape:
        identity = tokens.find_identity(shape[1], shape[0])
        if identity is not None:
            return identity
    raise Unauthenticated("Send a valid token: Authorization: Bearer csf…")


def _granted(identity: Identity) -> set[Scope]:
    grants = _GRANTS[identity.kind]
    return grants - {Scope.REFRESH} if identity.read_only else grants


def _note_use(response: Response) -> Response:
    """Write down, at most once a minute, that a token is in use; failing at it spoils no answer."""
    identity: Identity | None = g.get("identity")
    if identity is not None and response.status_code < 500 and _is_use_due(identity.token_id):
        try:
            tokens.record_use(identity, now())
        except (DatabaseBusy, *FAULTS):
            logger.warning("could not note the use of token %s", identity.token_id)
    return response


def _is_use_due(token_id: str) -> bool:
    noted: dict[str, datetime] = current_app.extensions["noted_uses"]
    last = noted.get(token_id)
    if last is not None and now() - last < _NOTE_USE_EVERY:
        return False
    noted[token_id] = now()
    return True
