"""Logins that only a person can mend: asking again costs the provider's token service a request each time."""

import json
import time
from pathlib import Path
from typing import Any

from hostagent.accounts import Account
from hostagent.private_files import make_private_folder, write_private
from hostagent.snapshot import LOGIN_CODES, Snapshot
from hostagent.wire import encode

RETRY_SECONDS = 3600.0


class DeadLogins:
    """Remembers in the state folder which logins were found dead, and which file said so then."""

    def __init__(self, state_dir: Path) -> None:
        self._path = make_private_folder(state_dir) / "dead-logins.json"
        self._found: dict[str, Any] = _read(self._path)

    def is_worth_asking(self, account: Account) -> bool:
        """False while the same login file was found dead less than an hour ago."""
        found = self._found.get(account.label)
        if not isinstance(found, dict) or self.is_renewed(account):
            return True
        asked_at = found.get("asked_at")
        # A clock that was set back must not make it wait for longer.
        return not isinstance(asked_at, int | float) or not 0 <= time.time() - asked_at < RETRY_SECONDS

    def is_renewed(self, account: Account) -> bool:
        """True when somebody has logged in, or put another key there, since it was found dead."""
        found = self._found.get(account.label)
        return isinstance(found, dict) and found.get("file") != _fingerprint(account)

    def note(self, account: Account, snapshot: Snapshot) -> None:
        """Remember what this probe found."""
        is_dead = snapshot.error is not None and snapshot.error.code in LOGIN_CODES
        if not is_dead and account.label not in self._found:
            return
        self._found.pop(account.label, None)
        if is_dead:
            self._found[account.label] = {"file": _fingerprint(account), "asked_at": time.time()}
        write_private(self._path, encode(self._found))


def _fingerprint(account: Account) -> list[int] | None:
    """Changes whenever somebody logs in or puts another key there; None while there is no file."""
    try:
        status = account.login_file.stat()
    except OSError:
        return None
    return [status.st_ino, status.st_mtime_ns, status.st_size]


def _read(path: Path) -> dict[str, Any]:
    """A lost or damaged file costs one probe too many, nothing else."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
