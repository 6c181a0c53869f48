"""Files that are closed to every other user."""

from pathlib import Path

import pytest

from hostagent.errors import ConfigError
from hostagent.private_files import close_to_others


def test_a_file_that_cannot_be_closed_is_named_with_what_to_type():
    # Ours, open to others, and never to be changed: as on a disk that a service may only read.
    with pytest.raises(ConfigError, match="type: chmod 400 /proc/self/status"):
        close_to_others(Path("/proc/self/status"))
