"""Makes words from elsewhere fit for a terminal and a log: no control characters, no secrets. Pure."""

import re

_SECRETS = re.compile(
    r"(?P<start>\b(?:csf[avm]_|sk-|rt[-_.])|\bBearer )[A-Za-z0-9._~+/=-]{6,}"  # tokens and keys, by how they begin
    r"|\beyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,2}"  # JWTs
)
_MOST_CHARACTERS = 500


def printable(text: str) -> str:
    """Without anything that would move the cursor, colour the terminal or forge a line; at most 500 characters."""
    return "".join(character if character.isprintable() else "?" for character in text[:_MOST_CHARACTERS])


def redact(text: str) -> str:
    """The same sentence with `…` for each token, key or JWT."""
    return _SECRETS.sub(lambda found: f"{found['start'] or ''}…", text)
