"""CODEX_HOME folders that send the real codex to the fake."""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .accounts import Account
from .state import State
from .tokens import CLIENT_ID, read_claims


def write_config(base_url: str, home: Path, config_extra: str = "") -> None:
    """config.toml. Without `openai_base_url` codex would look up chatgpt.com for its list of models."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "config.toml").write_text(
        f'chatgpt_base_url = "{base_url}/backend-api"\n'
        f'openai_base_url = "{base_url}/v1"\n'
        'cli_auth_credentials_store = "file"\n'
        f"{config_extra}\n",
        encoding="utf-8",
    )


def write_auth(state: State, account: Account, home: Path, ttl_seconds: float, age_seconds: float) -> None:
    """auth.json as codex 0.169 writes it, mode 0600. Refuses to replace one that is not from a fake."""
    refuse_real_login(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with state.lock:
        grant = state.tokens.grant(account, ttl_seconds)
    path = home / "auth.json"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(auth_json(state, account, grant, age_seconds), indent=2), encoding="utf-8")


def auth_json(state: State, account: Account, grant: dict[str, Any], age_seconds: float) -> dict[str, Any]:
    last_refresh = datetime.now(UTC) - timedelta(seconds=age_seconds)
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": {
            **{name: grant[name] for name in ("id_token", "access_token", "refresh_token")},
            "account_id": account.account_id,
            "login_owner_id": secrets.token_urlsafe(32),
            "oauth_provenance": {"issuer": state.base_url, "client_id": CLIENT_ID},
        },
        # Nine fractional digits, as the real one has.
        "last_refresh": f"{last_refresh:%Y-%m-%dT%H:%M:%S.%f}000Z",
    }


def refuse_real_login(home: Path) -> None:
    """A mistaken path must not cost somebody a login. Raises FileExistsError."""
    path = home / "auth.json"
    if not os.path.lexists(path):
        return
    try:
        tokens = json.loads(path.read_text(encoding="utf-8"))["tokens"]
        issuer = str(read_claims(tokens["id_token"])["iss"])
    except (OSError, ValueError, KeyError, TypeError):
        issuer = "unknown"
    if not issuer.startswith("http://127.0.0.1:"):
        raise FileExistsError(f"{path} was not written by a fake; it stays as it is")
