"""The `collector` command. Errors become exit statuses here."""

import os
import re
import sys
from datetime import datetime

import click

from collector import database, migrations, server
from collector.clock import utc_now
from collector.errors import OperatorError, Problem
from collector.origins import parse_origin
from collector.queries import sessions, tokens
from collector.queries.tokens import Kind, TokenSummary
from collector.settings import Settings, prepare_data_dir, read_settings
from collector.wire import HOST_PATTERN

_LOCAL_URL = "http://127.0.0.1:8080"
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
    """Serve the API and the page."""
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
    listener = server.listen(address)
    url = f"http://{server.bound_address(listener)}"
    if not tokens.has_any():
        _tell_first_steps(settings.public_url or url)
    click.echo(f"Listening on {url}")
    database.database.close()
    server.exec_server(listener)


@commands.command()
def migrate() -> None:
    """Bring the database to the schema of this release."""
    settings = read_settings(os.environ)
    _open(settings)
    for name in migrations.migrate(settings) or ["nothing to do"]:
        click.echo(name)


@commands.command("signin-link")
@click.option(
    "--kind", type=click.Choice([Kind.ADMIN.value, Kind.VIEWER.value]), default=Kind.ADMIN.value, show_default=True
)
@click.option("--url", metavar="URL", help="Where the page is opened; else COLLECTOR_PUBLIC_URL, else this machine.")
def print_signin_link(kind: str, url: str | None) -> None:
    """Print a link that signs in once within 10 minutes, alone on standard output."""
    if url is not None and parse_origin(url) is None:
        raise click.BadParameter(f"{url} is not like {_LOCAL_URL}", param_hint="--url")
    settings = _open_migrated()
    click.echo(_signin_link(Kind(kind), url or settings.public_url or _LOCAL_URL))


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


def _open_migrated() -> Settings:
    """Open the database of this environment and bring it up to date."""
    settings = read_settings(os.environ)
    _open(settings)
    migrations.migrate(settings)
    return settings


def _tell_first_steps(url: str) -> None:
    _tell(_FIRST_STEPS)
    # Only to somebody who sits there: whatever else takes our words keeps them.
    if sys.stderr.isatty():
        _tell(f"or sign in now: {_signin_link(Kind.ADMIN, url)}")


def _signin_link(kind: Kind, url: str) -> str:
    """The code stands behind the #, which a browser sends to nobody."""
    return f"{parse_origin(url)}/login#code={sessions.create_code(kind, utc_now())}"


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
    for line in sentence.splitlines():
        click.echo(f"collector: {line}", err=True)


def _fail(sentence: str, status: int) -> None:
    _tell(sentence)
    sys.exit(status)
