"""What a database said that did not serve us, for the operator: its own words, and what to mend or to type."""

import re

from collector.errors import DatabaseRefuses, DatabaseSilent, OperatorError

# In English; what a server says in another language is shown without advice.
_REFUSALS = {
    "password": "correct the user or the password in DATABASE_URL; in a password write %40 for @, %2F for /, %25 for %",
    "no pg_hba.conf entry": "let this machine in, by a line in the server's pg_hba.conf",
    'role ".*" does not exist': "correct the user in DATABASE_URL, or make it: createuser --pwprompt NAME",
    'database ".*" does not exist': "correct the name in DATABASE_URL, or make it: createdb --owner=USER NAME",
    "permission denied for schema": "let the user own the database, on the server: ALTER DATABASE name OWNER TO user",
}
_SILENCE = r"^connect|^failed to resolve|^server closed|terminating connection"
# SQLite calls it an I/O error where it finds no room for what it keeps beside the database.
_NO_ROOM = "disk is full|disk I/O error|No space left"
_CHECK = "is PostgreSQL running there, and is the address in DATABASE_URL right?"


def explain_refusal(error: Exception) -> OperatorError | None:
    """What a PostgreSQL meant that did not take us; None when this is trouble of another kind."""
    words = str(error).partition("\n")[0].removeprefix("connection failed: ").removeprefix("connection is bad: ")
    for pattern, advice in _REFUSALS.items():
        if re.search(pattern, words):
            return DatabaseRefuses(f"{words}\n{advice}")
    return DatabaseSilent(f"{words}\n{_CHECK}") if re.search(_SILENCE, words) else None


def explain_trouble(error: Exception) -> str:
    """What else can befall a database, or a program that works with one."""
    advice = "\nis its disk full? (see: df -h) make room there, and type the same again"
    return f"the database failed: {error}{advice if re.search(_NO_ROOM, str(error)) else ''}"
