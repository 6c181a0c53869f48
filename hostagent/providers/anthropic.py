"""Reads one Claude API key with the smallest message there is: its limits stand in the answer's headers."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, TypeVar

import requests

from hostagent.accounts import Account
from hostagent.config import Config
from hostagent.errors import ConfigError, ProbeFault, Stopped
from hostagent.private_files import close_to_others
from hostagent.process import StopRequest
from hostagent.providers.anthropic_replies import (
    Answer,
    find_fault,
    find_haiku,
    is_model_unknown,
    keep_headers,
    normalize,
    parse_date,
    parse_document,
    parse_seconds,
    read_raw,
)
from hostagent.snapshot import Snapshot, SnapshotError

logger = logging.getLogger(__name__)

# The cheapest current model; the second one is for keys that do not know it.
DEFAULT_MODEL = "claude-haiku-5-5"
FALLBACK_MODEL = "claude-haiku-4-5-20251001"
PROBE_DEADLINE_SECONDS = 60.0

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
_STOP_POLL_SECONDS = 0.05
_MAX_KEY_BYTES = 4096
_MAX_ANSWER_BYTES = 1024 * 1024
_CHUNK_BYTES = 16 * 1024

_Result = TypeVar("_Result")


def probe(
    account: Account, config: Config, stop: StopRequest, deadline_seconds: float = PROBE_DEADLINE_SECONDS
) -> Snapshot:
    """Read the account once. Whatever the provider does becomes a Snapshot; raises Stopped only."""
    deadline = time.monotonic() + deadline_seconds
    model, answer = "", None
    fault: ProbeFault | None
    try:
        api = _Api(config.anthropic_api_url, _read_key(account), deadline)
        model, answer = _wait_for(lambda: _ask(api, account), stop, deadline)
        fault = find_fault(answer)
    except ProbeFault as caught:
        fault = caught
    return Snapshot(
        account_label=account.label,
        observed_at=datetime.now(UTC),
        parsed={"normalized": normalize(answer, account)},
        raw=None if fault or answer is None else read_raw(answer, model),
        error=SnapshotError.from_fault(fault) if fault else None,
        retry_after_seconds=answer.retry_after_seconds if answer else None,
    )


def _read_key(account: Account) -> str:
    """Raises ProbeFault: `key_missing` when no key is there, `auth_unreadable` when it is not for us to read."""
    path = account.login_file
    try:
        if close_to_others(path):
            logger.warning("%s: the file of its key was open to other users and is closed now", account.label)
        with path.open("rb") as file:
            key = file.read(_MAX_KEY_BYTES).decode("utf-8-sig").strip()
    except FileNotFoundError as error:
        raise ProbeFault("key_missing") from error
    except (OSError, ConfigError) as error:
        raise ProbeFault("auth_unreadable") from error
    except ValueError:
        raise ProbeFault("key_missing") from None
    # Anything else would be quoted in an exception of the HTTP library.
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ProbeFault("key_missing")
    return key


def _wait_for(task: Callable[[], _Result], stop: StopRequest, deadline: float) -> _Result:
    """The task's result, unless somebody wants us to stop (raises Stopped) or time is up (ProbeFault).

    In a thread, since the timeouts of requests begin again with each byte. A daemon: nothing of a key is lost when
    its probe is cut off, so the program need not wait for it.
    """
    outcome: Future[_Result] = Future()
    worker = threading.Thread(target=_settle, args=(outcome, task), daemon=True)
    worker.start()
    while not outcome.done():
        if stop.is_set():
            raise Stopped("stopped while the Claude API was being asked")
        if time.monotonic() >= deadline:
            raise ProbeFault("timeout")
        worker.join(_STOP_POLL_SECONDS)
    return outcome.result()


def _settle(outcome: Future[_Result], task: Callable[[], _Result]) -> None:
    try:
        outcome.set_result(task())
    except BaseException as error:  # noqa: BLE001 - raised again where the outcome is waited for
        outcome.set_exception(error)


class _ApiKey(requests.auth.AuthBase):
    """Set as `auth`, so that a ~/.netrc entry for the provider's host adds no login of its own."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["x-api-key"] = self._key
        return request


class _Api:
    """The Claude API as this key sees it. Redirects are never followed."""

    def __init__(self, url: str, key: str, deadline: float) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._deadline = deadline

    def send_message(self, model: str) -> Answer:
        """Ask for one token. Raises as `_request` does."""
        message = {"role": "user", "content": "quota"}
        return self._request("POST", "/v1/messages", {"model": model, "max_tokens": 1, "messages": [message]})

    def list_models(self) -> Answer:
        """Raises as `_request` does."""
        return self._request("GET", "/v1/models", None)

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        """Raises ProbeFault: `timeout` or `network`."""
        self._check_time()
        try:
            with requests.request(
                method,
                self._url + path,
                json=body,
                auth=_ApiKey(self._key),
                headers={"anthropic-version": "2023-06-01", "Accept-Encoding": "identity"},
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._read_content(response)
        except requests.Timeout as error:
            raise ProbeFault("timeout") from error
        except (requests.RequestException, OSError) as error:
            raise ProbeFault("network") from error
        return Answer(
            status=response.status_code,
            headers=keep_headers(response.headers, self._key),
            document=parse_document(content),
            answered_at=parse_date(response.headers.get("Date")) or datetime.now(UTC),
            retry_after_seconds=parse_seconds(response.headers.get("Retry-After")),
        )

    def _read_content(self, response: requests.Response) -> bytes:
        """The body up to its allowed length; cut off there it is no JSON, which is noticed later."""
        content = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) >= _MAX_ANSWER_BYTES:
                break
            self._check_time()
        return bytes(content)

    def _check_time(self) -> None:
        """So that a probe nobody waits for any more asks nothing further."""
        if time.monotonic() >= self._deadline:
            raise ProbeFault("timeout")


def _ask(api: _Api, account: Account) -> tuple[str, Answer]:
    """The answer of the first model that the key knows, else of the last one, and which model that was."""
    for model in _models_to_try(api, account):
        answer = api.send_message(model)
        if not is_model_unknown(answer):
            break
    return model, answer


def _models_to_try(api: _Api, account: Account) -> Iterator[str]:
    """The list of models is asked for only when the two names we know have failed."""
    tried = dict.fromkeys((account.anthropic_model or DEFAULT_MODEL, FALLBACK_MODEL))
    yield from tried
    haiku = find_haiku(api.list_models().document, tried)
    if haiku is not None:
        yield haiku
