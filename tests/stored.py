"""What a collector has stored, to be compared with itself."""

from hashlib import sha256

from collector.database import give_back_connection, run
from collector.models import TABLES

# When a token, a session or a host was last heard of: noted whatever the answer was.
NOTED = {("token", "last_used_at"), ("session", "last_seen_at"), ("host", "last_contact_at")}


def read_stored() -> dict[str, str]:
    """A digest of every table, in this process's database; without what is `NOTED`."""
    try:
        return {table._meta.table_name: _digest(table) for table in TABLES}
    finally:
        give_back_connection()


def _digest(table: type) -> str:
    name = table._meta.table_name
    columns = [field.column_name for field in table._meta.sorted_fields if (name, field.column_name) not in NOTED]
    rows = run(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
    return sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()
