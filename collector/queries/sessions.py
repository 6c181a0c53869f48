"""Browsers' sessions, and the one-time codes that begin one. Of both only digests are kept."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.database import run, to_column, write_transaction
from collector.errors import UnknownSession
from collector.models import Session, SigninCode, Token
from collector.queries import tokens
from collector.queries.tokens import Identity, Kind

IDLE_LIMIT = timedelta(days=7)
ABSOLUTE_LIMIT = timedelta(days=30)
CODE_LIFETIME = timedelta(minutes=10)
# So much of a session's digest is its public id; nothing leads from there to what the browser keeps.
_ID_LENGTH = 12

_FIND = """
    SELECT token.id, token.kind, token.read_only FROM session JOIN token ON token.id = session.token_id
    WHERE session.id = ? AND session.last_seen_at > ? AND session.created_at > ? AND token.revoked_at IS NULL
"""
_FIND_CODE = "SELECT kind FROM signin_code WHERE digest = ? AND created_at > ?"
# Of two who send the same code at once, only one deletes a row.
_REDEEM_CODE = "DELETE FROM signin_code WHERE digest = ? AND created_at > ? RETURNING kind"
_HAS_EXPIRED = """
    SELECT 1 FROM signin_code WHERE created_at <= ?
    UNION ALL SELECT 1 FROM session WHERE last_seen_at <= ? OR created_at <= ? LIMIT 1
"""
_DELETE_EXPIRED_CODES = "DELETE FROM signin_code WHERE created_at <= ?"
_DELETE_ENDED = """
    DELETE FROM session WHERE last_seen_at <= ? OR created_at <= ?
        OR token_id IN (SELECT id FROM token WHERE revoked_at IS NOT NULL)
"""


@dataclass(frozen=True)
class SessionSummary:
    id: str
    token_id: str
    kind: Kind
    read_only: bool
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class SignedIn:
    secret: str
    """What the browser keeps; shown this once."""
    identity: Identity


def create_code(kind: Kind, now: datetime) -> str:
    """A code that signs a viewer or an admin in, once; its text is nowhere else."""
    code = secrets.token_hex(32)
    with write_transaction():
        delete_expired(now)
        SigninCode.create(digest=tokens.digest_of(code), kind=kind, created_at=now)
    return code


def redeem_code(code: str, now: datetime) -> SignedIn | None:
    """A session with a new token of its own, by which it can be listed and revoked.

    None for a code that is unknown, used or too old.
    """
    claim = (tokens.digest_of(code), to_column(now - CODE_LIFETIME))
    # Looked up first, so that guessing takes no turn from those who write.
    if run(_FIND_CODE, claim).fetchone() is None:
        return None
    with write_transaction():
        redeemed = run(_REDEEM_CODE, claim).fetchone()
        if redeemed is None:
            return None
        delete_expired(now)
        return _begin(tokens.add_for_session(Kind(redeemed[0]), now), now)


def begin_session(identity: Identity, now: datetime) -> SignedIn:
    with write_transaction():
        delete_expired(now)
        return _begin(identity, now)


def find_identity(secret: str, now: datetime) -> Identity | None:
    """Whose session that is; None when it is unknown or has ended."""
    session_id = tokens.digest_of(secret)
    limits = (to_column(now - IDLE_LIMIT), to_column(now - ABSOLUTE_LIMIT))
    row = run(_FIND, (session_id, *limits)).fetchone()
    if row is None:
        return None
    token_id, kind, read_only = row
    return Identity(token_id, Kind(kind), bool(read_only), host=None, session_id=session_id)


def end_session(secret: str, now: datetime) -> None:
    """Nothing is wrong with a session that has ended before."""
    with write_transaction():
        run("DELETE FROM session WHERE id = ?", (tokens.digest_of(secret),))
        tokens.revoke_left_over(now)


def list_sessions(now: datetime) -> list[SessionSummary]:
    """Every session that has not ended, oldest first."""
    lasting = (Session.last_seen_at > now - IDLE_LIMIT) & (Session.created_at > now - ABSOLUTE_LIMIT)
    rows = Session.select(Session, Token).join(Token).where(lasting, Token.revoked_at.is_null())
    return [_summary(row) for row in rows.order_by(Session.created_at, Session.id)]


def revoke_session(public_id: str, now: datetime) -> None:
    """End it from now on, with a token that was made for it. Raises UnknownSession."""
    with write_transaction():
        if run("DELETE FROM session WHERE substr(id, 1, ?) = ?", (_ID_LENGTH, public_id)).rowcount == 0:
            raise UnknownSession(f"No session has the id {public_id}; see them with: collector session list")
        tokens.revoke_left_over(now)


def public_id(session_id: str) -> str:
    """The part of a session's id that may be shown."""
    return session_id[:_ID_LENGTH]


def has_expired(now: datetime) -> bool:
    """Whether there are any codes or sessions that are worth nothing any more."""
    ages = (CODE_LIFETIME, IDLE_LIMIT, ABSOLUTE_LIMIT)
    return run(_HAS_EXPIRED, [to_column(now - age) for age in ages]).fetchone() is not None


def delete_expired(now: datetime) -> None:
    """These, and sessions that ended with their token. Part of a write."""
    run(_DELETE_EXPIRED_CODES, (to_column(now - CODE_LIFETIME),))
    run(_DELETE_ENDED, (to_column(now - IDLE_LIMIT), to_column(now - ABSOLUTE_LIMIT)))
    tokens.revoke_left_over(now)


def _summary(session: Session) -> SessionSummary:
    return SessionSummary(
        id=public_id(session.id),
        token_id=session.token.id,
        kind=Kind(session.token.kind),
        read_only=session.token.read_only,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
    )


def _begin(identity: Identity, now: datetime) -> SignedIn:
    secret = secrets.token_hex(32)
    session_id = tokens.digest_of(secret)
    Session.insert(id=session_id, token=identity.token_id, created_at=now, last_seen_at=now).execute()
    return SignedIn(secret, replace(identity, session_id=session_id))
