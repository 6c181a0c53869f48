"""PostgreSQL by its URL: what every session demands of it, and how connections that were lost are noticed."""

import math
import select
import threading
import time
from typing import Any

import psycopg
from playhouse.pool import PooledPostgresqlDatabase  # type: ignore[import-untyped]
from psycopg.conninfo import conninfo_to_dict

from collector.errors import SettingsError

# Whatever the server, the database or the role would have it: an answer waits for the disk, and nobody long for a lock.
_DEMANDS = {
    "synchronous_commit": "on",
    "default_transaction_isolation": r"read\ committed",
}
# A server that is gone without a word is given up after this time, unless the URL says otherwise.
_PATIENCE = {
    "connect_timeout": "3",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}


class PostgresqlPool(PooledPostgresqlDatabase):  # type: ignore[misc]
    """The pool, which hands out no connection that was lost meanwhile, and whose callers share a failure to connect."""

    def __init__(self, url: str, lock_timeout_ms: int, **options: Any) -> None:
        self._asked = threading.local()
        self._failed_at = -math.inf
        parameters = parse_url(url)
        demands = {**_DEMANDS, "lock_timeout": lock_timeout_ms}
        words = [parameters.get("options", ""), *(f"-c {name}={value}" for name, value in demands.items())]
        patience = {name: value for name, value in _PATIENCE.items() if name not in parameters}
        url = f"postgresql://{url.partition('://')[2]}"
        super().__init__(url, prefer_psycopg3=True, options=" ".join(words).strip(), **patience, **options)

    def connect(self, reuse_if_open: bool = False) -> bool:
        self._asked.at = time.monotonic()
        return bool(super().connect(reuse_if_open))

    def _connect(self) -> Any:
        # Called one at a time. Each would wait for the server that did not answer whoever was before.
        if self._failed_at > self._asked.at:
            raise psycopg.OperationalError("the server has just not answered another request")
        try:
            return super()._connect()
        except psycopg.OperationalError:
            self._failed_at = time.monotonic()
            raise

    def _is_closed(self, connection: psycopg.Connection) -> bool:
        # A server that ends a connection says so. To ask would cost every request a round trip.
        if not connection.closed and _has_word(connection):
            connection.close()
        return connection.closed


def parse_url(url: str) -> dict[str, str]:
    """What `url` says, by libpq's names. Raises SettingsError, without a word of what may be a password."""
    try:
        parameters = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error:
        parameters = {}
    # With an odd character in the password libpq takes the rest of it for something else.
    is_sane = parameters.get("port", "0").replace(",", "").isdigit() and not set("@/") & set(
        parameters.get("dbname", "")
    )
    if not parameters or not is_sane:
        raise SettingsError(
            [
                "DATABASE_URL: is not like postgresql://USER:PASSWORD@HOST:5432/NAME;"
                " in a password write %40 for @, %3A for :, %2F for /, %25 for %"
            ]
        )
    return parameters


def _has_word(connection: psycopg.Connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
