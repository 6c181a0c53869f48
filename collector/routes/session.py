"""Signing in and out, and who am I."""

from typing import Any

from flask import Blueprint, jsonify, make_response
from flask.typing import ResponseReturnValue

from collector import auth, browser, wire
from collector.auth import Scope, current_identity, for_own_page, public, requires
from collector.clock import now
from collector.descriptions import answers, takes
from collector.errors import DatabaseBusy, DatabaseUnavailable, Forbidden, HttpsRequired, Unauthenticated
from collector.queries import sessions
from collector.queries.sessions import SignedIn
from collector.queries.tokens import Identity, Kind
from collector.routes.bodies import read_json_body
from collector.wire import Credential
from collector.wire_answers import Caller

blueprint = Blueprint("session", __name__)


@blueprint.get("/session")
@requires(Scope.AGENT, Scope.READ)
@answers(Caller)
def show_session() -> ResponseReturnValue:
    """An agent learns here which host its token is for."""
    return _who(current_identity())


@blueprint.post("/session")
@public
@for_own_page
@takes(body=Credential)
@answers(Caller, Unauthenticated, Forbidden, HttpsRequired, DatabaseBusy, DatabaseUnavailable)
def sign_in() -> ResponseReturnValue:
    """Begin a session, in place of the one that this browser had."""
    browser.require_private_way()
    signed_in = _sign_in(wire.parse_credential(read_json_body(wire.MAX_CREDENTIAL_BYTES)))
    _end_session()
    response = jsonify(_who(signed_in.identity))
    browser.keep_session(response, signed_in.secret)
    return response


@blueprint.delete("/session")
@public
@for_own_page
@answers(None, DatabaseBusy, DatabaseUnavailable, status=204)
def sign_out() -> ResponseReturnValue:
    """A browser without a session gets the same answer: it is signed out."""
    _end_session()
    response = make_response("", 204)
    browser.forget_session(response)
    return response


def _sign_in(credential: Credential) -> SignedIn:
    """Raises Unauthenticated, in the same words for every credential that is worth nothing."""
    if credential.code is not None:
        signed_in = sessions.redeem_code(credential.code, now()) if browser.is_secret(credential.code) else None
    else:
        signed_in = _sign_in_by_token(credential.token or "")
    if signed_in is None:
        raise Unauthenticated("This token or link is not valid, or no longer; make a link with: collector signin-link")
    return signed_in


def _sign_in_by_token(token: str) -> SignedIn | None:
    identity = auth.find_identity(token)
    if identity is not None and identity.kind is Kind.AGENT:
        raise Forbidden("An agent's token is for its agent; sign in with one for a viewer or an admin.")
    return None if identity is None else sessions.begin_session(identity, now())


def _end_session() -> None:
    secret = browser.session_secret()
    if secret is not None:
        sessions.end_session(secret, now())


def _who(identity: Identity) -> dict[str, Any]:
    host = identity.host.name if identity.host else None
    return {"kind": identity.kind, "host": host, "read_only": identity.read_only}
