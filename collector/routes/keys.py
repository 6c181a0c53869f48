"""For admins: the keys to the API, and the browsers that signed in with one."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from collector import wire
from collector.auth import Scope, current_identity, requires
from collector.clock import now
from collector.descriptions import answers, takes
from collector.errors import TokenFromEnvironment, UnknownSession, UnknownToken
from collector.queries import sessions, tokens
from collector.queries.sessions import SessionSummary
from collector.queries.tokens import Kind, TokenSummary
from collector.routes.arguments import checked_id
from collector.routes.bodies import read_json_body
from collector.routes.items import timestamp
from collector.wire_answers import NewToken, Sessions, Tokens

blueprint = Blueprint("keys", __name__)


@blueprint.get("/tokens")
@requires(Scope.ADMIN)
@answers(Tokens)
def list_tokens() -> ResponseReturnValue:
    """Every token ever made, revoked ones too, by its public id; the tokens themselves are not kept."""
    return {"items": [_token_item(summary) for summary in tokens.list_tokens()]}


@blueprint.post("/tokens")
@requires(Scope.ADMIN)
@takes(body=wire.TokenRequest)
@answers(NewToken, status=201)
def create_token() -> ResponseReturnValue:
    """The new token itself is in this answer and nowhere else."""
    wanted = wire.parse_token_request(read_json_body(wire.MAX_CREDENTIAL_BYTES))
    text = tokens.create_token(Kind(wanted.kind), wanted.host, wanted.read_only, now())
    return {"token": text, **_token_item(tokens.get_token(tokens.public_id(text)))}, 201


@blueprint.delete("/tokens/<token_id>")
@requires(Scope.ADMIN)
@answers(None, UnknownToken, TokenFromEnvironment, status=204)
def revoke_token(token_id: str) -> ResponseReturnValue:
    """Refuse a token from its next request on, with all sessions that began with it."""
    tokens.revoke_token(checked_id(token_id, UnknownToken), now())
    return "", 204


@blueprint.get("/sessions")
@requires(Scope.ADMIN)
@answers(Sessions)
def list_sessions() -> ResponseReturnValue:
    """Who is signed in, by an id that signs nobody in; `current` is the session that asks."""
    asking = current_identity().session_id
    current = None if asking is None else sessions.public_id(asking)
    return {"items": [_session_item(summary, current) for summary in sessions.list_sessions(now())]}


@blueprint.delete("/sessions/<session_id>")
@requires(Scope.ADMIN)
@answers(None, UnknownSession, status=204)
def revoke_session(session_id: str) -> ResponseReturnValue:
    """Sign a browser out from its next request on."""
    sessions.revoke_session(checked_id(session_id, UnknownSession), now())
    return "", 204


def _token_item(summary: TokenSummary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "kind": summary.kind,
        "host": summary.host,
        "read_only": summary.read_only,
        "source": summary.source,
        "created_at": timestamp(summary.created_at),
        "last_used_at": timestamp(summary.last_used_at),
        "revoked_at": timestamp(summary.revoked_at),
    }


def _session_item(summary: SessionSummary, current: str | None) -> dict[str, Any]:
    return {
        "id": summary.id,
        "token_id": summary.token_id,
        "kind": summary.kind,
        "read_only": summary.read_only,
        "created_at": timestamp(summary.created_at),
        "last_seen_at": timestamp(summary.last_seen_at),
        "current": summary.id == current,
    }
