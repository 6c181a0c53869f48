"""A CODEX_HOME: whose login it holds, and how codex is started in it. Nothing here writes to it."""

import base64
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hostagent.codex_answers import Identity, mapping
from hostagent.config import Config
from hostagent.disk_room import has_room
from hostagent.errors import ProbeFault
from hostagent.private_files import close_to_others, make_private_folder
from hostagent.process import Command

# In every codex's environment, with what `sqlite_home` says.
SQLITE_HOME = "CODEX_SQLITE_HOME"

# What reaches codex of the environment of hostagent.
PASSED_ON = (
    "PATH",
    "LANG",
    *(
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CODEX_CA_CERTIFICATE", "NODE_EXTRA_CA_CERTS"),
)


def read_identity(home: Path) -> Identity:
    """Raises ProbeFault: `login_required` without an auth.json, `auth_unreadable` when it is not for us to read.

    A file that is no auth.json gives an empty Identity: codex itself says what it makes of it.
    """
    path = home / "auth.json"
    try:
        close_to_others(path)
        tokens = mapping(mapping(json.loads(path.read_bytes())).get("tokens"))
    except FileNotFoundError as error:
        raise ProbeFault("login_required") from error
    except OSError as error:
        raise ProbeFault("auth_unreadable") from error
    except (ValueError, RecursionError):
        return Identity()
    claims = _claims(tokens.get("id_token"))
    profile = mapping(claims.get("https://api.openai.com/profile"))
    plan_type = _text(mapping(claims.get("https://api.openai.com/auth")).get("chatgpt_plan_type"))
    email = _text(claims.get("email")) or _text(profile.get("email"))
    return Identity(email, _text(tokens.get("account_id")), plan_type)


def codex_command(program: Path, home: Path, config: Config, *arguments: str) -> Command:
    """`codex ARGUMENTS` in this home, with a clean environment and an empty working folder.

    Raises ProbeFault("config_invalid") when config.toml is broken: codex would fall back to its defaults and call
    the production service with this login. Its own base URL goes along as a flag, which wins even then.
    """
    flags = {"cli_auth_credentials_store": "file", "features.plugins": False, "features.apps": False}
    base_url = read_home_config(home).get("chatgpt_base_url")
    if base_url is not None:
        flags["chatgpt_base_url"] = base_url
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= dict(config.codex_env)
    environment |= {
        "HOME": str(home.parent),
        "CODEX_HOME": str(home),
        SQLITE_HOME: str(_choose_sqlite_home(home, config.state_dir)),
    }
    return Command(
        argv=(str(program), *arguments, *_config_flags(flags)),
        environment=environment,
        cwd=make_private_folder(config.state_dir / "empty"),
    )


def sqlite_home(state_dir: Path) -> Path:
    """Where every codex of this state folder, and no other program, has its databases."""
    return state_dir / "codex-sqlite"


def _choose_sqlite_home(home: Path, state_dir: Path) -> Path:
    """Without room for its databases codex does not start. Its home has room, or it is not started at all."""
    folder = make_private_folder(sqlite_home(state_dir))
    return folder if has_room(folder) else home


def _config_flags(flags: Mapping[str, Any]) -> list[str]:
    # JSON text and booleans are TOML as well.
    return [word for key, value in flags.items() for word in ("-c", f"{key}={json.dumps(value)}")]


def read_home_config(home: Path) -> dict[str, Any]:
    """What config.toml says; empty when there is none. Raises ProbeFault("config_invalid")."""
    try:
        document = tomllib.loads((home / "config.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ProbeFault("config_invalid") from error
    if not isinstance(document.get("chatgpt_base_url", ""), str):
        raise ProbeFault("config_invalid")
    return document


def _claims(token: Any) -> Mapping[str, Any]:
    """What a JWT says of its bearer, unverified: for showing and comparing, never for trust."""
    try:
        payload = str(token).split(".")[1]
        return mapping(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (IndexError, ValueError, RecursionError):
        return {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
