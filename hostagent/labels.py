"""Names for new accounts. Pure."""

import hashlib
import re
from collections.abc import Iterable

_MAX_LABEL = 200


def label_for_email(email: str) -> str:
    """`acc_` and the e-mail; what a label cannot hold becomes `_`."""
    return f"acc_{re.sub(r'[^A-Za-z0-9._-]', '_', email)}"


def label_for_key(key: str) -> str:
    """`claude_` and eight hex digits of the key's SHA-256: nobody can tell the key from it."""
    return f"claude_{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def free_label(wanted: str, taken: Iterable[str]) -> str:
    """The label itself, else with `_2`, `_3`… behind it. Labels that differ in case only are one on some disks."""
    used = {label.casefold() for label in taken}
    number, label = 1, wanted[:_MAX_LABEL]
    while label.casefold() in used:
        number += 1
        label = f"{wanted[: _MAX_LABEL - len(f'_{number}')]}_{number}"
    return label
