"""Fake OAuth tokens: unsigned JWTs, and refresh tokens that can be spent once."""

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from .accounts import Account

CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"
"""The client id of the real codex, which it also sends to a fake issuer."""
AUTH_CLAIM = "https://api.openai.com/auth"
Condition = Literal["live", "spent", "revoked"]


@dataclass
class RefreshToken:
    account: Account
    condition: Condition = "live"


@dataclass
class AccessToken:
    account: Account
    expires_at: float
    is_revoked: bool = False


@dataclass
class TokenBook:
    """All tokens given out. Callers hold the state's lock."""

    issuer: str
    access: dict[str, AccessToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)

    def grant(self, account: Account, ttl_seconds: float) -> dict[str, Any]:
        """A new set of tokens, in the shape of the issuer's answer."""
        claims = identity_claims(account, self.issuer, ttl_seconds)
        access_token = make_jwt({**claims, "jti": secrets.token_hex(8)})
        refresh_token = f"rt-{secrets.token_urlsafe(24)}"
        self.access[access_token] = AccessToken(account, time.time() + ttl_seconds)
        self.refresh[refresh_token] = RefreshToken(account)
        return {
            "id_token": make_jwt(claims),
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": int(ttl_seconds),
        }

    def accepts(self, access_token: str) -> bool:
        token = self.access.get(access_token)
        return token is not None and not token.is_revoked and token.expires_at > time.time()

    def revoke_all(self, account: Account) -> None:
        for access in self.access.values():
            access.is_revoked = access.is_revoked or access.account is account
        for refresh in self.refresh.values():
            if refresh.account is account:
                refresh.condition = "revoked"


def identity_claims(account: Account, issuer: str, ttl_seconds: float) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": [CLIENT_ID],
        "sub": account.user_id,
        "iat": now,
        "exp": now + int(ttl_seconds),
        AUTH_CLAIM: {
            "chatgpt_account_id": account.account_id,
            "chatgpt_plan_type": account.plan,
            "chatgpt_user_id": account.user_id,
            "user_id": account.user_id,
        },
    }
    return claims if account.email is None else {**claims, "email": account.email}


def make_jwt(claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "typ": "JWT", "kid": "fake"}
    return f"{_encode(header)}.{_encode(claims)}.{base64.urlsafe_b64encode(b'fake').decode().rstrip('=')}"


def read_claims(token: str) -> dict[str, Any]:
    """The claims of a JWT, unchecked; empty when it is none."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _encode(part: dict[str, Any]) -> str:
    text = json.dumps(part, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
