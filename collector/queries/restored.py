"""A database that was restored: what was known of it since is not true any more."""

from datetime import datetime

from collector.database import run, write_transaction
from collector.queries import fleet, tokens


def mark(now: datetime) -> None:
    """Readers are told everything anew, and every browser has to sign in again."""
    with write_transaction():
        fleet.begin_anew()
        run("DELETE FROM session")
        run("DELETE FROM signin_code")
        tokens.revoke_left_over(now)
