"""Steps from one schema to the next, applied in order and under a lock."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playhouse.migrations import Runner  # type: ignore[import-untyped]

from collector.database import FAULTS, database
from collector.errors import SchemaTooNew, SchemaTooOld
from collector.settings import Settings


def migrate(settings: Settings) -> list[str]:
    """Apply what is missing and say what that was. Raises SchemaTooNew, touching nothing, for a newer schema."""
    with _one_at_a_time(settings.data_dir / "migrate.lock"):
        _refuse_newer()
        applied: list[str] = _runner().up()
        return applied


def is_current() -> bool:
    """Whether exactly the known steps have been applied."""
    return not _unknown() and all(step.applied for step in _runner().status())


def require_current() -> None:
    """Raises SchemaTooNew or SchemaTooOld unless the database is at this release's schema."""
    _refuse_newer()
    if not is_current():
        raise SchemaTooOld("The database is not at the schema of this release; run: collector migrate")


def is_ready() -> bool:
    """Whether the database answers and is current."""
    try:
        return is_current()
    except FAULTS:
        return False


def _runner() -> Runner:
    return Runner(database.obj, str(Path(__file__).parent))


def _unknown() -> list[str]:
    """Applied steps that this release does not have."""
    return [step.name for step in _runner().status() if step.path is None]


def _refuse_newer() -> None:
    if unknown := _unknown():
        raise SchemaTooNew(
            f"The database was migrated by a newer release ({', '.join(unknown)}); "
            "install that release, or restore a backup made before it."
        )


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Two migrations at once would both create the same tables; the lock dies with its holder."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
