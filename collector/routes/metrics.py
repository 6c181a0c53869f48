"""What Prometheus scrapes."""

from functools import partial
from typing import Literal

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.openmetrics import exposition as openmetrics

from collector.auth import Scope, requires
from collector.clock import now
from collector.descriptions import Argument, answers, takes
from collector.metrics import FleetMetrics, mask
from collector.queries import accounts, fleet, host_reports

blueprint = Blueprint("metrics", __name__)

_LABELS = Argument("labels", Literal["0", "1"], "0, or 1 to name accounts by their labels", "0")
_OPENMETRICS = "application/openmetrics-text"


@blueprint.get("/metrics")
@requires(Scope.READ)
@takes(_LABELS)
@answers(str, media_types=("text/plain", _OPENMETRICS))
def show_metrics() -> ResponseReturnValue:
    """For Prometheus. An account has a mask for its name, since labels may be e-mails; `?labels=1` shows the labels."""
    name_of = str if _LABELS.read() == "1" else partial(mask, fleet.get_mask_key())
    registry = CollectorRegistry()
    registry.register(
        FleetMetrics(accounts.list_standings(with_raw=False), host_reports.list_reports(), name_of, now())
    )
    # Chosen here: the library's own choice stumbles over a version that is none.
    if _OPENMETRICS in request.headers.get("Accept", ""):
        text = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        return Response(text, content_type=openmetrics.CONTENT_TYPE_LATEST)
    return Response(exposition.generate_latest(registry), content_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)
