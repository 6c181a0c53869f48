"""What host agents push."""

import msgspec
from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from collector import wire
from collector.auth import Scope, current_host, requires
from collector.clock import now
from collector.descriptions import answers, takes
from collector.errors import HostMismatch, UnsupportedVersion
from collector.queries import accounts, snapshots
from collector.routes.answers import json_answer
from collector.routes.bodies import read_json_body
from collector.wire_answers import BatchTaken, RegistryTaken

blueprint = Blueprint("ingest", __name__)


@blueprint.post("/registry")
@requires(Scope.AGENT)
@takes(body=wire.Registry)
@answers(RegistryTaken, UnsupportedVersion, HostMismatch)
def push_registry() -> ResponseReturnValue:
    """Replace the accounts of the agent's host, and of no other."""
    registry = wire.parse_registry(read_json_body(wire.MAX_BODY_BYTES))
    _refuse_other_host(registry.host)
    accounts.replace_registry(current_host().id, registry, now())
    return {"ok": True, "count": len(registry.accounts)}


@blueprint.post("/snapshots")
@requires(Scope.AGENT)
@takes(body=wire.Batch)
@answers(BatchTaken, UnsupportedVersion, HostMismatch)
def push_snapshots() -> ResponseReturnValue:
    """Store a batch; each item's fate is in the answer, so one bad item never blocks the rest."""
    batch, taken = wire.parse_batch(read_json_body(wire.MAX_BODY_BYTES))
    _refuse_other_host(batch.host)
    fates = snapshots.record_batch(current_host().id, batch, taken, now())
    response = json_answer(ok=b"true", results=msgspec.json.encode(fates))
    response.call_on_close(current_app.extensions["housekeeping"].ride_along)
    return response


def _refuse_other_host(name: str | None) -> None:
    host = current_host()
    if name is not None and name != host.name:
        raise HostMismatch(f"This token is for the host {host.name}; take its name, or a token made for the other.")
