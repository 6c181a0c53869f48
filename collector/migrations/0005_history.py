"""Events with the numbers that lines are drawn from, their texts packed, and times that never fall in their order."""

import json
from datetime import UTC, datetime

# What it has packed once, it can read in every later release.
from collector.packing import pack

# As the rules were when this step was written.
_DEFAULT_INTERVAL_SECONDS = 300
_GRACE_SECONDS = 60

_ADD = (
    "ALTER TABLE event ADD COLUMN patience_sec INTEGER",
    "ALTER TABLE event ADD COLUMN gauges_json TEXT",
    "ALTER TABLE event ADD COLUMN packed {blob}",
)
_DROP = tuple(f"ALTER TABLE event DROP COLUMN {name}" for name in ("observed_at", "raw_json", "parsed_json"))
_ACCOUNTS = """
    SELECT account.id, host.poll_interval_sec, host.manual_refresh
    FROM account JOIN host ON host.id = account.host_id
"""
_EVENTS = """
    SELECT id, epoch, seq, first_at, observed_at, error_code, raw_json, parsed_json
    FROM event WHERE account_id = ? AND (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT 500
"""
_FILL = """
    UPDATE event SET first_at = ?, last_at = ?, patience_sec = ?, gauges_json = ?, packed = ? WHERE id = ?
"""


def up(_migrator, db):
    def run(sql, values=()):
        return db.execute_sql(sql.replace("?", db.param), values)

    for statement in _ADD:
        run(statement.format(blob="BYTEA" if db.param == "%s" else "BLOB"))
    for account_id, seconds, is_manual in run(_ACCOUNTS).fetchall():
        patience_sec = None if is_manual else 3 * (seconds or _DEFAULT_INTERVAL_SECONDS) + _GRACE_SECONDS
        _fill(run, account_id, patience_sec)
    for statement in _DROP:
        run(statement)


def _fill(run, account_id, patience_sec):
    """From when a run was received and last observed to when it was observed, never before the run below it."""
    place, last_at = (0, -1), datetime.min.replace(tzinfo=UTC)
    while rows := run(_EVENTS, (account_id, *place)).fetchall():
        for event_id, epoch, seq, received_at, observed_at, error_code, raw_json, parsed_json in rows:
            place, earliest = (epoch, seq), last_at
            last_at = max(_moment(observed_at), earliest)
            first_at = max(min(_moment(received_at), last_at), earliest)
            times = (first_at.replace(tzinfo=None), last_at.replace(tzinfo=None))
            gauges_json = None if error_code else _gauges_json(parsed_json)
            run(_FILL, (*times, patience_sec, gauges_json, pack(raw_json, parsed_json), event_id))


def _gauges_json(parsed_json):
    reading = json.loads(parsed_json)["normalized"]
    windows = dict(reading.get("windows") or {})
    for place, limit in enumerate(reading.get("limits") or ()):
        windows |= {f"{place}/{name}": window for name, window in (limit.get("windows") or {}).items()}
    return json.dumps({name: _gauge(window) for name, window in windows.items()}, separators=(",", ":"))


def _gauge(window):
    used = window.get("usedPercent")
    return [used] if window.get("bucket") else [used, window.get("resetsAt")]


def _moment(value):
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC)
