"""The stored texts of every account's last good reading, which most of `/latest` is made of.

As bytes: they go out as they are, and to decode and encode them would cost more than to read them.
"""

from collector.database import bytes_of, run

# In the order of two indexes, so that nothing has to be sorted. `raw` stays where it is unless it is wanted.
_BODIES = """
    SELECT account.id, account.revision, {raw}, {parsed}
    FROM host JOIN account ON account.host_id = host.id LEFT JOIN reading ON reading.account_id = account.id
    WHERE account.removed_at IS NULL {only} ORDER BY host.name, account.label
"""

Body = tuple[int, int, bytes | None, bytes | None]
"""Account, its revision, and the JSON texts `raw` and `parsed`."""


def list_bodies(host: str | None, with_raw: bool) -> list[Body]:
    """Registered accounts by host, then label. Bare tuples: a large fleet is told in full many times a minute."""
    raw = bytes_of("reading.raw_json") if with_raw else "NULL"
    only = "" if host is None else "AND host.name = ?"
    sql = _BODIES.format(raw=raw, parsed=bytes_of("reading.parsed_json"), only=only)
    return list(run(sql, () if host is None else (host,)).fetchall())
