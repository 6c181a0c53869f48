"""What one probe saw."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hostagent.errors import ProbeFault

_SENTENCES = {
    "login_required": "not logged in",
    "login_expired": "the login has expired and could not be renewed",
    "wrong_credentials": "the provider refused the key",
    "api_key_login": "logged in with an API key, which has no rate windows",
    "key_missing": "no API key on this host",
    "auth_temporary": "the login could not be renewed just now",
    "unauthorized": "the provider refused the login",
    "auth_unreadable": "the login file cannot be read",
    "workspace_config": "the workspace's configuration could not be loaded",
    "upstream_throttled": "the provider is throttling requests",
    "upstream_error": "the provider answered with an error",
    "forbidden": "the provider forbids this request",
    "network": "the provider could not be reached",
    "timeout": "no answer in time",
    "bad_payload": "the answer could not be understood",
    "codex_missing": "codex is not installed",
    "codex_too_old": "codex is older than 0.57.0",
    "codex_failed": "codex ended without an answer",
    "config_invalid": "the account's config.toml is invalid, so codex was not started",
    "out_of_credit": "the credit is used up",
    "org_disabled": "the organisation has been disabled",
    "spend_limit": "the spend limit is reached",
    "model_unknown": "the provider knows none of the models",
    "internal": "the host agent failed; its log says more",
}
ERROR_CODES = frozenset(_SENTENCES)

# The newest attempt failed with one of these: only a login (or a key) helps. Same list as the collector's.
LOGIN_CODES = frozenset({"login_required", "login_expired", "api_key_login", "wrong_credentials", "key_missing"})

_NEXT_STEPS = {
    "login_required": "hostagent login {label}",
    "login_expired": "hostagent login {label}",
    "api_key_login": "hostagent login {label}",
    "unauthorized": "hostagent login {label}",
    "wrong_credentials": "hostagent add-key {label}",
    "key_missing": "hostagent add-key {label}",
    "auth_unreadable": "make the files in the folder of {label} readable for this user",
    "config_invalid": "mend config.toml in the folder of {label}",
    "codex_missing": "npm install -g @openai/codex",
    "codex_too_old": "npm install -g @openai/codex@latest",
}


@dataclass(frozen=True)
class SnapshotError:
    """Why there is no reading. `message` is our own sentence for the code, never an upstream's text."""

    code: str
    message: str

    @classmethod
    def from_fault(cls, fault: ProbeFault) -> "SnapshotError":
        sentence = _SENTENCES[fault.code]
        return cls(fault.code, f"{sentence} (HTTP {fault.status})" if fault.status else sentence)


@dataclass(frozen=True)
class Snapshot:
    """A good reading (`error` is None), or an error with what is known besides.

    `raw` is the provider's answer as it came, `parsed` our reading of it; both hold JSON values only.
    `observed_at` is aware UTC by this host's clock. `retry_after_seconds`: for how long the provider wants no request.
    """

    account_label: str
    observed_at: datetime
    parsed: Mapping[str, Any]
    raw: Mapping[str, Any] | None = None
    error: SnapshotError | None = None
    refresh_cursor: int | None = None
    retry_after_seconds: float | None = None

    @property
    def exit_status(self) -> int:
        """0 for a reading, 77 when only a login helps, 75 for any other failure."""
        if self.error is None:
            return os.EX_OK
        return os.EX_NOPERM if self.error.code in LOGIN_CODES else os.EX_TEMPFAIL

    @property
    def next_step(self) -> str | None:
        """What a person types or does next, where there is such a thing."""
        return next_step_after(self.error.code, self.account_label) if self.error else None


def next_step_after(code: str, label: str) -> str | None:
    """What a person types or does next after a probe that failed so, where there is such a thing."""
    return _NEXT_STEPS[code].format(label=label) if code in _NEXT_STEPS else None
