"""Keys to the API and the page: `collector token`, `session` and `signin-link`."""

import re
from datetime import datetime

import click

from collector.clock import utc_now
from collector.commands.opening import open_existing, open_or_begin, tell
from collector.origins import parse_origin
from collector.queries import sessions, tokens
from collector.queries.sessions import SessionSummary
from collector.queries.tokens import Kind, Source, TokenSummary
from collector.wire import HOST_PATTERN

_LOCAL_URL = "http://127.0.0.1:8080"


@click.command("signin-link")
@click.option(
    "--kind", type=click.Choice([Kind.ADMIN.value, Kind.VIEWER.value]), default=Kind.ADMIN.value, show_default=True
)
@click.option("--url", metavar="URL", help="Where the page is opened; else COLLECTOR_PUBLIC_URL, else this machine.")
def print_signin_link(kind: str, url: str | None) -> None:
    """Print a link that signs in once within 10 minutes, alone on standard output."""
    if url is not None and parse_origin(url) is None:
        raise click.BadParameter(f"{url} is not like {_LOCAL_URL}", param_hint="--url")
    settings = open_or_begin()
    click.echo(signin_link(Kind(kind), url or settings.public_url or _LOCAL_URL))


@click.group()
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
    open_or_begin()
    click.echo(tokens.create_token(Kind(kind), host, read_only, utc_now()))


@token.command("list")
def list_tokens() -> None:
    """Show every token by its id; the tokens themselves are not kept."""
    open_existing()
    for summary in tokens.list_tokens():
        click.echo(_token_line(summary))


@token.command("revoke")
@click.argument("token_id", metavar="ID")
def revoke_token(token_id: str) -> None:
    """Refuse a token from its next request on."""
    open_existing()
    tokens.revoke_token(token_id, utc_now())
    tell(f"revoked {token_id}")


@click.group()
def session() -> None:
    """List and end the sessions of browsers that have signed in."""


@session.command("list")
def list_sessions() -> None:
    """Show who is signed in, by an id that signs nobody in."""
    open_existing()
    for summary in sessions.list_sessions(utc_now()):
        click.echo(_session_line(summary))


@session.command("revoke")
@click.argument("session_id", metavar="ID")
def revoke_session(session_id: str) -> None:
    """Sign a browser out from its next request on."""
    open_existing()
    sessions.revoke_session(session_id, utc_now())
    tell(f"signed out {session_id}")


def signin_link(kind: Kind, url: str) -> str:
    """The code stands behind the #, which a browser sends to nobody."""
    return f"{parse_origin(url)}/login#code={sessions.create_code(kind, utc_now())}"


def _token_line(summary: TokenSummary) -> str:
    notes = [f"{summary.kind} {summary.host}" if summary.host else summary.kind]
    notes += ["read-only"] if summary.read_only else []
    notes += ["from COLLECTOR_ADMIN_TOKEN"] if summary.source is Source.ENVIRONMENT else []
    notes += [f"made {_minute(summary.created_at)}"]
    notes += [f"last used {_minute(summary.last_used_at)}" if summary.last_used_at else "never used"]
    notes += [f"revoked {_minute(summary.revoked_at)}"] if summary.revoked_at else []
    return "  ".join([summary.id, *notes])


def _session_line(summary: SessionSummary) -> str:
    notes = [summary.kind, *(["read-only"] if summary.read_only else []), f"token {summary.token_id}"]
    notes += [f"since {_minute(summary.created_at)}", f"last seen {_minute(summary.last_seen_at)}"]
    return "  ".join([summary.id, *notes])


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%MZ}"
