"""For `?since=`: the revision at which each account last changed, when each reading goes stale, and whose it is."""

import json
from datetime import datetime, timedelta
from hashlib import sha256

# As the rules were when this step was written.
_DEFAULT_INTERVAL_SECONDS = 300
_GRACE_SECONDS = 60

_STATEMENTS = (
    "ALTER TABLE account ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX account_revision ON account (revision)",
    "ALTER TABLE reading ADD COLUMN stale_at {timestamp}",
    "ALTER TABLE reading ADD COLUMN identity VARCHAR(64)",
    "CREATE INDEX reading_stale_at ON reading (stale_at)",
    "CREATE INDEX reading_identity ON reading (identity)",
)
_READINGS = """
    SELECT reading.account_id, reading.read_at, reading.parsed_json, host.poll_interval_sec, host.manual_refresh
    FROM reading JOIN account ON account.id = reading.account_id JOIN host ON host.id = account.host_id
    WHERE reading.read_at IS NOT NULL
"""


def up(_migrator, db):
    timestamp = "TIMESTAMP" if db.param == "%s" else "DATETIME"
    for statement in _STATEMENTS:
        db.execute_sql(statement.format(timestamp=timestamp))
    fill = "UPDATE reading SET stale_at = ?, identity = ? WHERE account_id = ?".replace("?", db.param)
    for account_id, read_at, parsed_json, seconds, is_manual in db.execute_sql(_READINGS).fetchall():
        stale_at = None if is_manual else _stale_at(read_at, seconds)
        db.execute_sql(fill, (stale_at, _identity(parsed_json), account_id))


def _stale_at(read_at, interval_seconds):
    moment = datetime.fromisoformat(read_at) if isinstance(read_at, str) else read_at
    return moment + timedelta(seconds=3 * (interval_seconds or _DEFAULT_INTERVAL_SECONDS) + _GRACE_SECONDS)


def _identity(parsed_json):
    reading = json.loads(parsed_json)["normalized"]
    email, account_id = (reading.get("account_email") or "").strip().casefold(), reading.get("account_id") or ""
    if not (email or account_id):
        return None
    return sha256("\n".join((reading["provider"], account_id, email)).encode()).hexdigest()
