"""Rows as the first schema held them: two hosts, each with an account that was read four times."""

from collector.database import run

_AT = "2026-11-22 09:00:00"
_PARSED = """
    {"userAgent": "x", "normalized": {"provider": "codex", "account_email": "you@example.com", "windows": {"5h":
    {"source": "primary", "usedPercent": 42, "leftPercent": 58, "windowDurationMins": 300, "resetsAt": 1795342809}}}}
"""
_HOST = "INSERT INTO host (name, created_at, manual_refresh, dropped) VALUES (?, ?, ?, 0)"
_TOKEN = """
    INSERT INTO token (id, kind, host_id, read_only, digest, created_at)
    VALUES ('0123456789ab', 'agent', 1, FALSE, 'digest', ?)
"""
_ACCOUNT = """
    INSERT INTO account (host_id, label, provider, enabled, note, created_at, updated_at)
    VALUES (?, 'acc1', 'codex', TRUE, 'é', ?, ?)
"""
_EPOCH = "INSERT INTO epoch (host_id, epoch) VALUES (?, ?)"
_LEDGER = "INSERT INTO ledger (epoch_id, seq, digest, received_at) VALUES (?, ?, 'digest', ?)"
_EVENT = """
    INSERT INTO event (account_id, epoch, seq, first_at, last_at, count, observed_at, raw_json, parsed_json,
        fingerprint)
    VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
"""
_READING = """
    INSERT INTO reading (account_id, good_epoch, good_seq, read_at, observed_at, raw_json, parsed_json, email, has_room,
        attempt_epoch, attempt_seq, attempted_at)
    VALUES (?, ?, 4, ?, ?, '{}', ?, 'you@example.com', TRUE, ?, 4, ?)
"""


def fill() -> None:
    run("UPDATE fleet SET revision = 8")
    for number, name in enumerate(("mac-mini", "nas"), start=1):
        run(_HOST, (name, _AT, number == 2))
        run(_ACCOUNT, (number, _AT, _AT))
        run(_EPOCH, (number, str(number) * 32))
        for seq in range(1, 5):
            at = f"2026-11-22 09:0{seq}:00"
            run(_LEDGER, (number, seq, at))
            run(_EVENT, (number, number, seq, at, at, at, f'{{"n": {seq}}}', _PARSED, f"fingerprint {seq}"))
        run(_READING, (number, number, _AT, _AT, _PARSED, number, _AT))
    run(_TOKEN, (_AT,))
