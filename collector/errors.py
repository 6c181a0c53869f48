"""What can go wrong, one class per reaction of a caller, and how it is told: problem+json."""

import json
import logging
import os
from collections.abc import Sequence
from http import HTTPStatus
from typing import ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

logger = logging.getLogger(__name__)


class CollectorError(Exception):
    """Anything the collector refuses or cannot do; the text is shown to whoever asked."""


class OperatorError(CollectorError):
    """The program was started wrongly; `exit_status` tells a service manager whether to try again."""

    exit_status: ClassVar[int] = os.EX_CONFIG


class SettingsError(OperatorError):
    """The environment does not describe a collector; holds every fault, not only the first."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class SchemaTooNew(OperatorError):
    """A newer release has migrated this database; an older one must not write to it."""


class SchemaTooOld(OperatorError):
    """The database lacks a step of this release."""


class NoDatabase(OperatorError):
    """There is nothing to work on where the settings point to."""

    exit_status = os.EX_NOINPUT


class BackupFailed(OperatorError):
    """The database could not be copied; nothing else was done."""

    exit_status = os.EX_CANTCREAT


class BackupUnusable(OperatorError):
    """What was named is no copy of a collector's database, or a damaged one."""

    exit_status = os.EX_DATAERR


class NotForPostgresql(OperatorError):
    """PostgreSQL has its own tools for that."""

    exit_status = os.EX_USAGE


class DatabaseInUse(OperatorError):
    """Somebody uses the database who would not bear what was asked for."""

    exit_status = os.EX_TEMPFAIL


class DriverMissing(OperatorError):
    """The program that speaks to the database that was named is not installed."""


class DatabaseRefuses(OperatorError):
    """There is a database server, and it does not take what DATABASE_URL says."""


class DatabaseSilent(OperatorError):
    """No database server answers; it may later."""

    exit_status = os.EX_UNAVAILABLE


class AddressUnavailable(OperatorError):
    """Nothing can listen at the address that was asked for."""

    exit_status = os.EX_UNAVAILABLE


class Problem(CollectorError):
    """An answer that is not a success; subclasses say which. `exit_status` is what a command makes of it."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    headers: ClassVar[dict[str, str]] = {}
    exit_status: ClassVar[int] = os.EX_TEMPFAIL

    def members(self) -> dict[str, object]:
        """Members of the problem object beyond the five that every one has."""
        return {}


class InvalidJson(Problem):
    status, code = HTTPStatus.BAD_REQUEST, "invalid_json"


class UnsupportedVersion(Problem):
    status, code = HTTPStatus.BAD_REQUEST, "unsupported_version"


class Unauthenticated(Problem):
    status, code = HTTPStatus.UNAUTHORIZED, "unauthenticated"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="collector"'}


class Forbidden(Problem):
    status, code = HTTPStatus.FORBIDDEN, "forbidden"


class CrossOrigin(Problem):
    """A change that another site may have made a browser ask for."""

    status, code = HTTPStatus.FORBIDDEN, "cross_origin"


class MisdirectedRequest(Problem):
    """The request names another site as the one that it is for."""

    status, code = HTTPStatus.MISDIRECTED_REQUEST, "misdirected_request"


class HttpsRequired(Problem):
    """Signing in would show the key to whoever listens on the way."""

    status, code = HTTPStatus.FORBIDDEN, "https_required"


class HostMismatch(Problem):
    status, code = HTTPStatus.FORBIDDEN, "host_mismatch"


class Unknown(Problem):
    """What was named does not exist."""

    status, exit_status = HTTPStatus.NOT_FOUND, os.EX_DATAERR


class UnknownAccount(Unknown):
    code = "unknown_account"


class UnknownRefresh(Unknown):
    code = "unknown_refresh"


class UnknownHost(Unknown):
    code = "unknown_host"


class UnknownToken(Unknown):
    code = "unknown_token"


class UnknownSession(Unknown):
    code = "unknown_session"


class AmbiguousLabel(Problem):
    """Several hosts use the label; the answer names them, so that the caller can choose with `?host=`."""

    status, code = HTTPStatus.CONFLICT, "ambiguous_label"

    def __init__(self, label: str, hosts: Sequence[str]) -> None:
        super().__init__(f"{label} is an account of several hosts; name one with ?host=")
        self.hosts = list(hosts)

    def members(self) -> dict[str, object]:
        return {"hosts": self.hosts}


class StillRegistered(Problem):
    """What is to be forgotten would come back at once: its host's agent names it."""

    status, code = HTTPStatus.CONFLICT, "still_registered"


class TokenFromEnvironment(Problem):
    """The next start would bring the token back."""

    status, code, exit_status = HTTPStatus.CONFLICT, "token_from_environment", os.EX_CONFIG


class LengthRequired(Problem):
    status, code = HTTPStatus.LENGTH_REQUIRED, "length_required"


class BodyTooLarge(Problem):
    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large"


class UnsupportedMediaType(Problem):
    status, code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"


class InvalidRequest(Problem):
    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request"


class DatabaseBusy(Problem):
    """Another program holds the database; nothing was stored and the same request may be sent again."""

    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "database_busy"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class DatabaseUnavailable(Problem):
    """The database cannot be used now (full disk, missing tables); the log has the cause."""

    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "30"}


class DatabaseAway(DatabaseUnavailable):
    """The server of the database restarts, or cannot be reached; that tends to pass."""

    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class NotReady(Problem):
    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "not_ready"


def render_problem(problem: Problem) -> Response:
    return _response(problem.status, problem.code, str(problem), problem.members(), problem.headers)


def render_http_exception(error: HTTPException) -> Response:
    """Flask's own refusals (404, 405, …) in the same dress; their code is the status's name."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return _response(status, status.name.lower(), error.description or status.phrase, {}, headers)


def render_crash(error: Exception) -> Response:
    """A fault of ours: the traceback goes to the log and nowhere else."""
    logger.error("request failed", exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _response(status, "internal", "The collector failed; its log says why.", {}, {})


def _response(
    status: HTTPStatus, code: str, detail: str, members: dict[str, object], headers: dict[str, str]
) -> Response:
    base = {"type": "about:blank", "title": status.phrase, "status": int(status), "code": code}
    body = json.dumps({**base, "detail": detail, **members})
    return Response(body, status=status, headers=headers, content_type="application/problem+json")
