"""For `/metrics`: what became of all that a host pushed, and the key that hides labels."""

import secrets

_COUNTERS = ("stored", "duplicate", "rejected")


def up(_migrator, db):
    for name in _COUNTERS:
        db.execute_sql(f"ALTER TABLE host ADD COLUMN {name} BIGINT NOT NULL DEFAULT 0")
    db.execute_sql("ALTER TABLE fleet ADD COLUMN mask_key VARCHAR(32) NOT NULL DEFAULT ''")
    db.execute_sql("UPDATE fleet SET mask_key = ?".replace("?", db.param), (secrets.token_hex(16),))
