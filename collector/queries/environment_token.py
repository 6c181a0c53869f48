"""The admin's token that the environment gives, for platforms where nobody can type a command."""

from datetime import datetime

from collector.database import run, to_column, write_transaction
from collector.queries import tokens

_DISMISS = "UPDATE token SET revoked_at = ? WHERE from_environment AND revoked_at IS NULL AND digest <> ?"
_END_SESSIONS = """
    DELETE FROM session WHERE token_id IN (SELECT id FROM token WHERE from_environment AND revoked_at IS NOT NULL)
"""
_ADOPT = """
    INSERT INTO token (id, kind, read_only, digest, created_at, from_environment) VALUES (?, 'admin', ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET kind = 'admin', host_id = NULL, read_only = excluded.read_only,
        digest = excluded.digest, revoked_at = NULL, from_environment = excluded.from_environment
"""


def adopt(text: str | None, now: datetime) -> None:
    """Make `text` a good token, and revoke any that the environment gave before and no longer gives."""
    digest = tokens.digest_of(text or "")
    with write_transaction():
        run(_DISMISS, (to_column(now), digest))
        # They would come back to life with the token.
        run(_END_SESSIONS)
        if text is not None:
            run(_ADOPT, (tokens.public_id(text), False, digest, to_column(now), True))
