"""What the environment says about this collector, read once and checked as a whole."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from collector.errors import SettingsError

_DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    database_url: str | None = None
    """None: a SQLite file in `data_dir`."""
    public_url: str | None = None
    log_level: str = "INFO"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment; raises SettingsError with every fault in it."""
    settings = Settings(
        data_dir=Path(environ.get("COLLECTOR_DATA_DIR") or "data").absolute(),
        database_url=environ.get("DATABASE_URL") or None,
        public_url=environ.get("COLLECTOR_PUBLIC_URL") or None,
        log_level=(environ.get("COLLECTOR_LOG_LEVEL") or "INFO").upper(),
    )
    faults = [fault for fault in _faults(settings) if fault]
    if faults:
        raise SettingsError(faults)
    return settings


def prepare_data_dir(path: Path) -> str | None:
    """Create the data folder, closed to others. Returns what was tightened, to be told to the operator.

    Raises SettingsError when it cannot be used, or is open to others and not ours to close.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.stat().st_mode & 0o077:
            return None
        path.chmod(0o700)
    except OSError as error:
        reason = error.strerror or str(error)
        fault = f"COLLECTOR_DATA_DIR: {path} cannot be kept private ({reason}); its owner must run: chmod 700 {path}"
        raise SettingsError([fault]) from error
    return f"{path} was open to other users of this machine and is closed now (mode 0700)."


def _faults(settings: Settings) -> list[str | None]:
    return [
        _data_dir_fault(settings.data_dir),
        _database_url_fault(settings.database_url),
        _public_url_fault(settings.public_url),
        _log_level_fault(settings.log_level),
    ]


def _data_dir_fault(path: Path) -> str | None:
    if path.exists() and not path.is_dir():
        return f"COLLECTOR_DATA_DIR: {path} is not a folder"
    return None


def _database_url_fault(url: str | None) -> str | None:
    # The value is left out of the text: it may hold a password.
    if url is not None and url.partition("://")[0] not in _DATABASE_SCHEMES:
        return "DATABASE_URL: must start with sqlite:/// or postgresql://"
    return None


def _public_url_fault(url: str | None) -> str | None:
    if url is None or _is_origin(url):
        return None
    return f"COLLECTOR_PUBLIC_URL: {url} is not like https://status.example.com"


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.path in {"", "/"}


def _log_level_fault(level: str) -> str | None:
    if level in logging.getLevelNamesMapping():
        return None
    return f"COLLECTOR_LOG_LEVEL: {level} is not one of DEBUG INFO WARNING ERROR CRITICAL"
