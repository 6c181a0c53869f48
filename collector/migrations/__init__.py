"""Steps from one schema to the next: all that are missing, in their order, in one transaction."""

from collections.abc import Callable
from pathlib import Path

from playhouse.migrations import Runner  # type: ignore[import-untyped]

from collector import backups
from collector.database import FAULTS, database, rebuilding_transaction
from collector.errors import SchemaTooNew, SchemaTooOld
from collector.settings import Settings

_FOLDER = Path(__file__).parent


def list_known() -> list[str]:
    """The names of this release's steps, oldest first."""
    return sorted(path.stem for path in _FOLDER.glob("[0-9]*.py"))


def migrate(settings: Settings, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Apply what is missing, or nothing, and say what that was. Others who migrate wait, on whatever machine they are.

    A SQLite database is copied before, and `tell` gets a sentence about it. Raises SchemaTooNew for a newer schema,
    and BackupFailed; both leave the database as it is.
    """
    with rebuilding_transaction():
        _refuse_newer()
        if is_current():
            return []
        _keep_copy(settings, tell)
        applied: list[str] = _runner().up()
        return applied


def is_current() -> bool:
    """Whether exactly the known steps have been applied."""
    return all(step.path and step.applied for step in _runner().status())


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


def _keep_copy(settings: Settings, tell: Callable[[str], None]) -> None:
    steps = _runner().status()
    first = next(step.name for step in steps if not step.applied)
    # A new database has nothing to lose, and a PostgreSQL is not ours to copy.
    if first == steps[0].name or settings.sqlite_file is None:
        return
    copy = backups.keep_before(first, settings.sqlite_file)
    tell(f"kept the database as it was before {first} in {copy}")


def _runner() -> Runner:
    return Runner(database.obj, str(_FOLDER))


def _refuse_newer() -> None:
    if unknown := [step.name for step in _runner().status() if step.path is None]:
        raise SchemaTooNew(
            f"The database was migrated by a newer release ({', '.join(unknown)}); "
            "install that release, or put a backup made before it in place: collector restore FILE"
        )
