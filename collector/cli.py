"""The `collector` command. Errors become exit statuses here."""

import logging
import os
import sys
from collections.abc import Callable

import click

from collector import database, migrations, server
from collector.clock import utc_now
from collector.commands import backups, forgetting, keys, pruning
from collector.commands.faults import explain_refusal, explain_trouble
from collector.commands.opening import open_database, tell
from collector.errors import OperatorError, Problem
from collector.logs import configure_logging
from collector.queries import environment_token, tokens
from collector.queries.tokens import Kind
from collector.settings import read_settings

logger = logging.getLogger(__name__)

_FIRST_STEPS = """\
nobody can call yet; make a key for a host's agent with: collector token create --kind agent --host NAME
and a link to sign in to the page with: collector signin-link"""


def main() -> None:
    """Run the command line; every failure is one line for people and a status for programs."""
    try:
        status = commands(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(os.EX_USAGE)
    except click.exceptions.Abort:
        sys.exit(130)
    except (OperatorError, Problem) as error:
        _fail(str(error), error.exit_status)
    except database.FAULTS as error:
        _fail(*_explained(error))
    sys.exit(status)


@click.group()
@click.version_option(package_name="codex-status-fleet", prog_name="collector")
def commands() -> None:
    """Receive what host agents push, keep it, and show it."""


@commands.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT")
def serve(bind: str) -> None:
    """Serve the API and the page."""
    try:
        address = server.parse_address(bind)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--bind") from error
    settings = read_settings(os.environ)
    server.refuse_unnamed_public_address(address, settings)
    configure_logging(settings.log_level)
    # What reads our log gets all of it in one form; at a terminal sits somebody.
    say = tell if sys.stderr.isatty() else logger.warning
    open_database(settings, say)
    if settings.database_url is None:
        migrations.migrate(settings, say)
    migrations.require_current()
    environment_token.adopt(settings.admin_token, utc_now())
    listener = server.listen(address)
    url = f"http://{server.bound_address(listener)}"
    if not tokens.has_any():
        _tell_first_steps(say, settings.public_url or url)
    click.echo(f"Listening on {url}")
    database.database.close()
    server.exec_server(listener)


@commands.command()
def migrate() -> None:
    """Bring the database to the schema of this release."""
    settings = read_settings(os.environ)
    open_database(settings)
    for name in migrations.migrate(settings, tell) or ["nothing to do"]:
        click.echo(name)


for command in (
    *(keys.print_signin_link, keys.token, keys.session, forgetting.forget, pruning.prune),
    *(backups.backup, backups.restore, backups.mark_restored),
):
    commands.add_command(command)


def _tell_first_steps(say: Callable[[str], None], url: str) -> None:
    say(_FIRST_STEPS)
    # Only to somebody who sits there: whatever else takes our words keeps them.
    if sys.stderr.isatty():
        say(f"or sign in now: {keys.signin_link(Kind.ADMIN, url)}")


def _explained(error: Exception) -> tuple[str, int]:
    refusal = explain_refusal(error)
    return (str(refusal), refusal.exit_status) if refusal else (explain_trouble(error), os.EX_TEMPFAIL)


def _fail(sentence: str, status: int) -> None:
    tell(sentence)
    sys.exit(status)
