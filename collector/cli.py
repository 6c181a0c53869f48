"""The `collector` command. Errors become exit statuses here."""

import os
import re
import sys
from datetime import datetime

import click

from collector import database, migrations, server
from collector.clock import utc_now
from collector.errors import OperatorError, Problem
from collector.queries import tokens
from collector.queries.tokens import Kind, TokenSummary
from collector.settings import Settings, prepare_data_dir, read_settings
from collector.wire import HOST_PATTERN

_FIRST_STEP = "nobody can call yet; make a key with: collector token create --kind agent --host NAME"


def main() -> None:
    """Run the command line; every failure is one line for people and a status for programs."""
    try:
        status = commands(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(os.EX_USAGE)
    except click.exceptions.Abort:
        sys.exit(130)
    except OperatorError as error:
        _fail(str(error), error.exit_status)
    except Problem as error:
        _fail(str(error), os.EX_TEMPFAIL)
    except database.FAULTS as error:
        _fail(f"the database failed: {error}", os.EX_TEMPFAIL)
    sys.exit(status)


@click.group()
@click.version_option(package_name="codex-status-fleet", prog_name="collector")
def commands() -> None:
    """Receive what host agents push, keep it, and show it."""


@commands.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT")
def serve(bind: str) -> None:
    """Serve the API."""
    try:
        address = server.parse_address(bind)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--bind") from error
    settings = read_settings(os.environ)
    server.refuse_unnamed_public_address(address, settings)
    _open(settings)
    if settings.database_url is None:
        migrations.migrate(settings)
    migrations.require_current()
    if not tokens.has_any():
        _tell(_FIRST_STEP)
    listener = server.listen(address)
    click.echo(f"Listening on http://{server.bound_address(listener)}")
    database.database.close()
    server.exec_server(listener)


@commands.command()
def migrate() -> None:
    """Bring the database to the schema of this release."""
    applied = _open_migrated()
    for name in applied or ["nothing to do"]:
        click.echo(name)


@commands.group()
def token() -> None:
    """Make, list and revoke tokens."""


@token.command("create")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), required=True)
@click.option("--host", metavar="NAME", help="The host that an agent's token is bound to.")
@click.option("--read-only", is_flag=True, help="For a viewer: no refreshes.")
def create_token(kind: str, host: str | None, read_only: bool) -> None:
    """Print a new token, alone on standard output. It is shown this once."""
    if (kind == Kind.AGENT) != (host is not None):
        raise click.UsageError("--host NAME belongs to --kind agent, and to no other kind")
    if host is not None and not re.match(HOST_PATTERN, host):
        raise click.UsageError("--host takes letters, digits, dots, dashes and underscores, at most 64")
    if read_only and kind != Kind.VIEWER:
        raise click.UsageError("--read-only belongs to --kind viewer")
    _open_migrated()
    click.echo(tokens.create_token(Kind(kind), host, read_only, utc_now()))


@token.command("list")
def list_tokens() -> None:
    """Show every token by its id; the tokens themselves are not kept."""
    _open_migrated()
    for summary in tokens.list_tokens():
        click.echo(_line(summary))


@token.command("revoke")
@click.argument("token_id", metavar="ID")
def revoke_token(token_id: str) -> None:
    """Refuse a token from its next request on."""
    _open_migrated()
    tokens.revoke_token(token_id, utc_now())
    _tell(f"revoked {token_id}")


def _open(settings: Settings) -> None:
    os.umask(0o077)
    tightened = prepare_data_dir(settings.data_dir)
    if tightened is not None:
        _tell(tightened)
    database.open_database(settings)


def _open_migrated() -> list[str]:
    """Open the database of this environment and bring it up to date; returns what that took."""
    settings = read_settings(os.environ)
    _open(settings)
    return migrations.migrate(settings)


def _line(summary: TokenSummary) -> str:
    name = f"{summary.kind} {summary.host}" if summary.host else summary.kind
    used = f"last used {_minute(summary.last_used_at)}" if summary.last_used_at else "never used"
    notes = [name, "read-only" if summary.read_only else "", f"made {_minute(summary.created_at)}", used]
    notes.append(f"revoked {_minute(summary.revoked_at)}" if summary.revoked_at else "")
    return "  ".join([summary.id, *(note for note in notes if note)])


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%MZ}"


def _tell(sentence: str) -> None:
    """To the operator; standard output belongs to what a program may read."""
    click.echo(f"collector: {sentence}", err=True)


def _fail(sentence: str, status: int) -> None:
    for line in sentence.splitlines():
        _tell(line)
    sys.exit(status)
