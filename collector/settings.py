"""What the environment says about this collector, read once and checked as a whole."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from collector.errors import SettingsError
from collector.origins import parse_origin

MAX_RETENTION_DAYS = 36_500
_MAKE_ONE = "echo csfm_$(openssl rand -hex 6)_$(openssl rand -hex 32)"
_SQLITE, _POSTGRESQL = "sqlite:///", ("postgresql://", "postgres://")


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    database_url: str | None = None
    """None: a SQLite file in `data_dir`."""
    public_url: str | None = None
    trusted_proxies: int = 0
    """How many proxies stand in front; what they say about the caller is believed."""
    allows_insecure_http: bool = False
    """Whether people may sign in over plain http where others can listen."""
    retention_days: int = 400
    """For how long the history of an account is kept."""
    admin_token: str | None = field(default=None, repr=False)
    is_demo: bool = False
    log_level: str = "INFO"

    @property
    def sqlite_file(self) -> Path | None:
        """None: the database is a PostgreSQL."""
        if self.database_url is None:
            return self.data_dir / "collector.sqlite3"
        if not self.database_url.startswith(_SQLITE):
            return None
        return Path(self.database_url.removeprefix(_SQLITE)).absolute()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment; raises SettingsError with every fault in it."""
    if faults := [fault for fault in _faults(environ) if fault]:
        raise SettingsError(faults)
    return Settings(
        data_dir=Path(environ.get("COLLECTOR_DATA_DIR") or "data").absolute(),
        database_url=environ.get("DATABASE_URL") or None,
        public_url=environ.get("COLLECTOR_PUBLIC_URL") or None,
        trusted_proxies=int(environ.get("COLLECTOR_TRUSTED_PROXIES") or 0),
        allows_insecure_http=environ.get("COLLECTOR_INSECURE_HTTP") == "1",
        retention_days=int(environ.get("COLLECTOR_RETENTION_DAYS") or 400),
        admin_token=_read_secret(environ, "COLLECTOR_ADMIN_TOKEN"),
        is_demo=environ.get("COLLECTOR_DEMO") == "1",
        log_level=(environ.get("COLLECTOR_LOG_LEVEL") or "INFO").upper(),
    )


def prepare_data_dir(path: Path) -> str | None:
    """Create the data folder, closed to others. Returns what was tightened, to be told to the operator.

    Raises SettingsError when it cannot be used, or is open to others and not ours to close.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.stat().st_mode & 0o077:
            return None
        if not _is_ours(path):
            raise SettingsError(
                [
                    f"COLLECTOR_DATA_DIR: {path} is open to other users and holds their files too;"
                    " choose a folder of its own"
                ]
            )
        path.chmod(0o700)
    except OSError as error:
        reason = error.strerror or str(error)
        fault = f"COLLECTOR_DATA_DIR: {path} cannot be kept private ({reason}); its owner must run: chmod 700 {path}"
        raise SettingsError([fault]) from error
    return f"{path} was open to other users of this machine and is closed now (mode 0700)."


def _is_ours(path: Path) -> bool:
    """A folder of somebody else's things, named by mistake, is not closed to them."""
    names = {child.name for child in path.iterdir()}
    return not names or "collector.sqlite3" in names


def _faults(environ: Mapping[str, str]) -> list[str | None]:
    return [
        _data_dir_fault(Path(environ.get("COLLECTOR_DATA_DIR") or "data")),
        _database_url_fault(environ.get("DATABASE_URL")),
        _public_url_fault(environ.get("COLLECTOR_PUBLIC_URL")),
        _trusted_proxies_fault(environ.get("COLLECTOR_TRUSTED_PROXIES") or "0"),
        _retention_fault(environ.get("COLLECTOR_RETENTION_DAYS") or "400"),
        _admin_token_fault(environ),
        *[_switch_fault(name, environ.get(name)) for name in ("COLLECTOR_INSECURE_HTTP", "COLLECTOR_DEMO")],
        _log_level_fault((environ.get("COLLECTOR_LOG_LEVEL") or "INFO").upper()),
    ]


def _data_dir_fault(path: Path) -> str | None:
    if path.exists() and not path.is_dir():
        return f"COLLECTOR_DATA_DIR: {path} is not a folder"
    return None


def _database_url_fault(url: str | None) -> str | None:
    # The value is left out of the text: it may hold a password.
    if not url or url.startswith(_POSTGRESQL):
        return None
    if not url.startswith(_SQLITE):
        return "DATABASE_URL: must start with sqlite:/// or postgresql://"
    return "DATABASE_URL: sqlite:/// must be followed by a file" if url in {_SQLITE, f"{_SQLITE}:memory:"} else None


def _public_url_fault(url: str | None) -> str | None:
    if not url or parse_origin(url):
        return None
    return f"COLLECTOR_PUBLIC_URL: {url} is not like https://status.example.com"


def _trusted_proxies_fault(number: str) -> str | None:
    if re.fullmatch("[0-9]", number, re.ASCII):
        return None
    return f"COLLECTOR_TRUSTED_PROXIES: {number} is not a number from 0 to 9"


def _retention_fault(days: str) -> str | None:
    if re.fullmatch("[0-9]{1,5}", days, re.ASCII) and 1 <= int(days) <= MAX_RETENTION_DAYS:
        return None
    return f"COLLECTOR_RETENTION_DAYS: {days} is not a number from 1 to {MAX_RETENTION_DAYS}"


def _admin_token_fault(environ: Mapping[str, str]) -> str | None:
    name = "COLLECTOR_ADMIN_TOKEN"
    if environ.get(name) and environ.get(f"{name}_FILE"):
        return f"{name}: {name}_FILE is set too; keep one of them"
    try:
        token = _read_secret(environ, name)
    except (OSError, UnicodeError) as error:
        return f"{name}_FILE: cannot be read: {error}"
    if token is None or _is_admin_token(token):
        return None
    # The value is left out of the text, however wrong it is.
    return f"{name}: not a token of an admin; make one with: {_MAKE_ONE}"


def _read_secret(environ: Mapping[str, str], name: str) -> str | None:
    """The value of `name`, or what is in the file that `name`_FILE names. Raises OSError or UnicodeError."""
    if path := environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return environ.get(name) or None


def _is_admin_token(text: str) -> bool:
    """By its shape; and in 64 random hex digits nearly all of the 16 occur, but not in a placeholder."""
    shape = re.fullmatch("csfm_[0-9a-f]{12}_([0-9a-f]{64})", text, re.ASCII)
    return shape is not None and len(set(shape[1])) >= 10


def _switch_fault(name: str, value: str | None) -> str | None:
    return None if value in {None, "", "0", "1"} else f"{name}: {value} is neither 1 nor 0"


def _log_level_fault(level: str) -> str | None:
    if level in logging.getLevelNamesMapping():
        return None
    return f"COLLECTOR_LOG_LEVEL: {level} is not one of DEBUG INFO WARNING ERROR CRITICAL"
