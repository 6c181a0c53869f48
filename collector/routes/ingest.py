"""What host agents push."""

from dataclasses import asdict

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from collector import wire
from collector.auth import Scope, current_host, requires
from collector.clock import now
from collector.errors import BodyTooLarge, HostMismatch, LengthRequired, UnsupportedMediaType
from collector.queries import accounts, snapshots

blueprint = Blueprint("ingest", __name__)


@blueprint.post("/registry")
@requires(Scope.AGENT)
def push_registry() -> ResponseReturnValue:
    """Replace the accounts of the agent's host, and of no other."""
    registry = wire.parse_registry(_read_body())
    _refuse_other_host(registry.host)
    accounts.replace_registry(current_host().id, registry, now())
    return {"ok": True, "count": len(registry.accounts)}


@blueprint.post("/snapshots")
@requires(Scope.AGENT)
def push_snapshots() -> ResponseReturnValue:
    """Store a batch; each item's fate is in the answer, so one bad item never blocks the rest."""
    batch, taken = wire.parse_batch(_read_body())
    _refuse_other_host(batch.host)
    fates = snapshots.record_batch(current_host().id, batch, taken, now())
    return {"ok": True, "results": [asdict(fate) for fate in fates]}


def _read_body() -> bytes:
    """The body of a request that says how long it is: one cut off at the limit would look whole."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    if request.content_length is None or "Transfer-Encoding" in request.headers:
        raise LengthRequired("Send the body with a Content-Length.")
    if request.content_length > wire.MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body is over {wire.MAX_BODY_BYTES} bytes; send fewer items at a time.")
    return request.get_data(cache=False)


def _refuse_other_host(name: str | None) -> None:
    host = current_host()
    if name is not None and name != host.name:
        raise HostMismatch(f"This token is for the host {host.name}; take its name, or a token made for the other.")
