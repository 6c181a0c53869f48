"""`collector prune`: what housekeeping does, at once and to the end."""

from collections import Counter
from datetime import timedelta

import click

from collector.clock import utc_now
from collector.commands.opening import open_existing, tell
from collector.queries import housekeeping
from collector.settings import MAX_RETENTION_DAYS


@click.command("prune")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_RETENTION_DAYS),
    help="How many days of history to keep; else COLLECTOR_RETENTION_DAYS, else 400.",
)
def prune(days: int | None) -> None:
    """Delete old history, and whatever else nobody needs any longer.

    A running collector does so by itself, a little at a time. The last reading of an account stays. The file of SQLite
    keeps its size: what is freed in it is used again.
    """
    settings = open_existing()
    retention = timedelta(days=days or settings.retention_days)
    deleted: Counter[str] = Counter()
    while bite := housekeeping.prune(retention, utc_now()):
        deleted += bite
    tell("deleted " + (", ".join(f"{kind}: {number}" for kind, number in deleted.items()) or "nothing"))
