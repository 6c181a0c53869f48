"""Tokens: made, listed, revoked, and recognised."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from collector.database import run, to_column, write_transaction, write_transaction_at_once
from collector.errors import TokenFromEnvironment, UnknownToken
from collector.models import Host, Token
from collector.queries import hosts


class Kind(StrEnum):
    AGENT = "agent"
    VIEWER = "viewer"
    ADMIN = "admin"


class Source(StrEnum):
    """Where a token comes from. That of a sign-in link is for its session alone: nobody knows its text."""

    CREATED = "created"
    SIGNIN_LINK = "signin_link"
    ENVIRONMENT = "environment"


PREFIXES = {Kind.AGENT: "csfa", Kind.VIEWER: "csfv", Kind.ADMIN: "csfm"}

# The digest of no text. Compared with when no token has the id, so that an unknown token takes as long as a wrong one;
# stored for a token that no text opens, only the session that it was made for.
_NO_DIGEST = "0" * 64
_FIND = """
    SELECT token.digest, token.kind, token.read_only, token.host_id, host.name
    FROM token LEFT JOIN host ON host.id = token.host_id
    WHERE token.id = ? AND token.revoked_at IS NULL
"""
_REVOKE_LEFT_OVER = """
    UPDATE token SET revoked_at = ?
    WHERE digest = ? AND revoked_at IS NULL AND id NOT IN (SELECT token_id FROM session)
"""


@dataclass(frozen=True)
class AgentHost:
    """The host an agent speaks for: that of its token, whatever it sends."""

    id: int
    name: str


@dataclass(frozen=True)
class Identity:
    """Who is asking. Only an agent has a host, and only a browser that signed in a session."""

    token_id: str
    kind: Kind
    read_only: bool
    host: AgentHost | None
    session_id: str | None = None


@dataclass(frozen=True)
class TokenSummary:
    id: str
    kind: Kind
    host: str | None
    read_only: bool
    source: Source
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def create_token(kind: Kind, host: str | None, read_only: bool, now: datetime) -> str:
    """The new token's text, which is nowhere else and cannot be shown again. `host` is for agents only."""
    token_id = _new_id()
    text = f"{PREFIXES[kind]}_{token_id}_{secrets.token_hex(32)}"
    with write_transaction():
        Token.create(
            id=token_id,
            kind=kind,
            host=None if host is None else hosts.find_or_create_id(host, now),
            read_only=read_only,
            digest=digest_of(text),
            created_at=now,
        )
    return text


def add_for_session(kind: Kind, now: datetime) -> Identity:
    """The holder of a new token that nobody can send. Part of the write that begins its session."""
    token_id = _new_id()
    Token.create(id=token_id, kind=kind, host=None, read_only=False, digest=_NO_DIGEST, created_at=now)
    return Identity(token_id, kind, read_only=False, host=None)


def revoke_left_over(now: datetime) -> None:
    """Tokens that were made for a session are of no use after it. Part of the write that ended it."""
    run(_REVOKE_LEFT_OVER, (to_column(now), _NO_DIGEST))


def find_identity(token_id: str, text: str) -> Identity | None:
    """Who holds the token `text`; None when it is unknown, wrong or revoked."""
    row = run(_FIND, (token_id,)).fetchone()
    if not hmac.compare_digest(row[0] if row else _NO_DIGEST, digest_of(text)) or not row:
        return None
    _, kind, read_only, host_id, host_name = row
    host = None if host_id is None else AgentHost(host_id, host_name)
    return Identity(token_id, Kind(kind), bool(read_only), host)


def record_use(identity: Identity, now: datetime) -> None:
    """An agent's request is also a sign of life of its host. Raises at once when the database is busy."""
    with write_transaction_at_once():
        run("UPDATE token SET last_used_at = ? WHERE id = ?", (to_column(now), identity.token_id))
        if identity.host is not None:
            hosts.record_contact(identity.host.id, now)
        if identity.session_id is not None:
            run("UPDATE session SET last_seen_at = ? WHERE id = ?", (to_column(now), identity.session_id))


def list_tokens() -> list[TokenSummary]:
    """Every token ever made, oldest first, revoked ones too."""
    rows = Token.select(Token, Host).left_outer_join(Host).order_by(Token.created_at, Token.id)
    return [_summary(row) for row in rows]


def get_token(token_id: str) -> TokenSummary:
    """Raises UnknownToken."""
    token = Token.select(Token, Host).left_outer_join(Host).where(Token.id == token_id).first()
    if token is None:
        raise UnknownToken(f"No token has the id {token_id}; see them with: collector token list")
    return _summary(token)


def revoke_token(token_id: str, now: datetime) -> None:
    """Refuse the token from now on. Raises UnknownToken, or TokenFromEnvironment; a second time changes nothing."""
    with write_transaction():
        token = get_token(token_id)
        if token.revoked_at is not None:
            return
        if token.source is Source.ENVIRONMENT:
            raise TokenFromEnvironment(
                "This token comes from COLLECTOR_ADMIN_TOKEN; take that away, and start the collector again."
            )
        Token.update(revoked_at=now).where(Token.id == token_id).execute()


def revoke_of_host(host_id: int, now: datetime) -> None:
    """Part of a write."""
    Token.update(revoked_at=now).where(Token.host == host_id, Token.revoked_at.is_null()).execute()


def has_host_any(host_id: int) -> bool:
    """Whether the host's agent could speak."""
    return Token.select().where(Token.host == host_id, Token.revoked_at.is_null()).exists()


def has_any() -> bool:
    """Whether somebody could sign in at all."""
    return Token.select().where(Token.revoked_at.is_null()).exists()


def public_id(text: str) -> str:
    """The part of a token that may be shown and logged."""
    return text.split("_")[1]


def digest_of(secret: str) -> str:
    """What is stored of a secret. A slow hash would add nothing: every secret here is 256 random bits."""
    return sha256(secret.encode()).hexdigest()


def _summary(token: Token) -> TokenSummary:
    return TokenSummary(
        id=token.id,
        kind=Kind(token.kind),
        host=token.host.name if token.host else None,
        read_only=token.read_only,
        source=_source(token),
        created_at=token.created_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
    )


def _source(token: Token) -> Source:
    if token.from_environment:
        return Source.ENVIRONMENT
    return Source.SIGNIN_LINK if token.digest == _NO_DIGEST else Source.CREATED


def _new_id() -> str:
    return secrets.token_hex(6)
