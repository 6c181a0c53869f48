"""Files that are read back as they were written, or known to be damaged: a header line with a digest, then the body."""

import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hostagent.private_files import write_private
from hostagent.wire import encode
from hostagent.wire_limits import MAX_BODY_BYTES

# What we write stays below this; something larger need not be read to be known as damaged.
_MAX_BYTES = 2 * MAX_BODY_BYTES


class Damaged(Exception):
    """What stands there is not what was written."""


def write_checked(path: Path, document: Mapping[str, Any]) -> None:
    """Replace the file in one step, on disk before this returns. Raises OSError."""
    body = encode(document)
    header = encode({"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()})
    write_private(path, header + b"\n" + body)


def read_checked(path: Path) -> dict[str, Any]:
    """Raises Damaged, for a folder or anything else that cannot be read too; FileNotFoundError."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise Damaged("not a file of ours")
        header, _, body = path.read_bytes().partition(b"\n")
        if json.loads(header)["sha256"] != hashlib.sha256(body).hexdigest():
            raise Damaged("its digest does not match")
        document: dict[str, Any] = json.loads(body)
        return document
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged(error.strerror) from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise Damaged("its header cannot be read") from error
