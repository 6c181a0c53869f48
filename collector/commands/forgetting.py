"""`collector forget`: accounts and hosts that are no more."""

import re

import click

from collector.clock import utc_now
from collector.commands.opening import open_existing, tell
from collector.queries import forgetting
from collector.wire import HOST_PATTERN, LABEL_PATTERN


@click.command("forget")
@click.argument("place", metavar="HOST[/LABEL]")
@click.option("--purge", is_flag=True, help="Delete the history too. There is no way back.")
def forget(place: str, purge: bool) -> None:
    """Forget a host with all its accounts, or one account.

    A host that is forgotten needs a new token before it can come back.
    """
    host, separator, label = place.partition("/")
    if not re.match(HOST_PATTERN, host) or (separator and not re.match(LABEL_PATTERN, label)):
        raise click.BadParameter(f"{place} is not like mac-mini or mac-mini/acc1", param_hint="HOST[/LABEL]")
    open_existing()
    if separator:
        forgetting.forget_account(host, label, purge, utc_now())
    else:
        forgetting.forget_host(host, purge, utc_now())
    tell(f"forgot {place}" + (" and its history" if purge else ""))
