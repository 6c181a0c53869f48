"""Accounts to leave alone for a while: a dead login costs a token request each time, and a provider may ask for it.

Only the timer's rounds heed it. A wish, a command that somebody types and a changed login file ask at once.
"""

import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hostagent.accounts import Account
from hostagent.private_files import make_private_folder, write_private
from hostagent.snapshot import LOGIN_CODES, Snapshot
from hostagent.wire import encode

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class Pause:
    """Why an account is left alone, in epoch seconds of this host's clock.

    `code`: how its last probe failed; None after a reading. `since`: when a dead login was first found dead.
    `file`: which login file that was.
    """

    code: str | None
    since: float
    asked_at: float
    seconds: float
    file: list[int] | None

    @property
    def is_dead_login(self) -> bool:
        return self.code in LOGIN_CODES

    def is_of_login(self, account: Account) -> bool:
        """False once somebody has logged in, or put another key there."""
        return self.file == _fingerprint(account)

    @property
    def ends_at(self) -> float:
        return self.asked_at + self.seconds

    def is_over(self, now: float) -> bool:
        """True as well when the clock was set back, which must not make anybody wait for longer."""
        return not 0 <= now - self.asked_at < self.seconds


class Pauses:
    """Remembers them in the state folder, so that they outlast a restart."""

    def __init__(self, state_dir: Path) -> None:
        self._path = _file_in(make_private_folder(state_dir))
        self._pauses = read_pauses(state_dir)

    def is_worth_asking(self, account: Account) -> bool:
        """False while it is to be left alone, unless its login file has changed."""
        pause = self._pauses.get(account.label)
        return pause is None or not pause.is_of_login(account) or pause.is_over(time.time())

    def is_renewed(self, account: Account) -> bool:
        """True when its login file has changed since the pause began."""
        pause = self._pauses.get(account.label)
        return pause is not None and not pause.is_of_login(account)

    def note(self, account: Account, snapshot: Snapshot) -> None:
        """Remember what this probe found. Not across a restart while the disk is full."""
        before = self._pauses.pop(account.label, None)
        pause = _pause_after(snapshot, before, _fingerprint(account))
        if pause is not None:
            self._pauses[account.label] = pause
        if pause == before:
            return
        try:
            write_private(self._path, encode({label: asdict(pause) for label, pause in self._pauses.items()}))
        except OSError as error:
            logger.warning("the state folder cannot be written: %s", error.strerror)


def read_pauses(state_dir: Path) -> dict[str, Pause]:
    """By label. A lost or damaged file costs one probe too many, nothing else."""
    try:
        document = json.loads(_file_in(state_dir).read_bytes())
        pauses = {label: Pause(**pause) for label, pause in document.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
    return pauses if all(_is_sound(pause) for pause in pauses.values()) else {}


def _pause_after(snapshot: Snapshot, before: Pause | None, file: list[int] | None) -> Pause | None:
    now, code = time.time(), snapshot.error.code if snapshot.error else None
    if code in LOGIN_CODES:
        since = before.since if before and before.is_dead_login else now
        return Pause(code, since, now, LONGEST_SECONDS, file)
    if snapshot.retry_after_seconds:
        return Pause(code, now, now, min(snapshot.retry_after_seconds, LONGEST_SECONDS), file)
    return None


def _file_in(state_dir: Path) -> Path:
    return state_dir / "pauses.json"


def _fingerprint(account: Account) -> list[int] | None:
    """Changes whenever somebody logs in or puts another key there; None while there is no file."""
    try:
        status = account.login_file.stat()
    except OSError:
        return None
    return [status.st_ino, status.st_mtime_ns, status.st_size]


def _is_sound(pause: Pause) -> bool:
    return all(isinstance(number, int | float) for number in (pause.since, pause.asked_at, pause.seconds))
