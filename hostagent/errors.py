"""What can go wrong on a host: one class for each reaction somebody can have."""

import os
from collections.abc import Sequence


class HostAgentError(Exception):
    """Root of everything the program reports in a sentence instead of a traceback."""

    exit_status = os.EX_SOFTWARE


class UsageError(HostAgentError):
    """The command line asks for something that does not exist; typing it differently helps."""

    exit_status = os.EX_USAGE


class ConfigError(HostAgentError):
    """A file of this host has to be mended first. Carries all faults that were found, one a line."""

    exit_status = os.EX_CONFIG

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults: Sequence[str] = faults


class CollectorUnavailable(HostAgentError):
    """The collector gave no usable answer; what was not delivered stays in the spool."""

    exit_status = os.EX_UNAVAILABLE

    def __init__(self, text: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class CollectorMisplaced(CollectorUnavailable):
    """Something else answers at the collector's address, as a proxy or a captive portal does; a person has to look."""


class TokenRefused(HostAgentError):
    """The collector does not accept this host's token; a person has to give it another one."""

    exit_status = os.EX_CONFIG


class RequestRefused(HostAgentError):
    """The collector will never take this body, whatever the number of tries."""

    exit_status = os.EX_DATAERR

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class LoginFailed(HostAgentError):
    """A login did not come about, or it was another account's. The login that was there is untouched."""

    exit_status = os.EX_NOPERM


class StateBusy(HostAgentError):
    """Another hostagent uses the same state folder just now; later it will work."""

    exit_status = os.EX_TEMPFAIL


class Stopped(HostAgentError):
    """Somebody asked the program to stop while it worked; nothing is wrong."""

    exit_status = os.EX_TEMPFAIL


class ServiceFailed(HostAgentError):
    """systemd or launchd did not do what it was told; a person has to look at what it said."""

    exit_status = os.EX_OSERR


class ProbeFault(Exception):
    """Why a probe has no reading: a code of the wire format and, at most, an HTTP status.

    The two are all that may leave the host, whatever codex or an upstream said.
    """

    def __init__(self, code: str, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
