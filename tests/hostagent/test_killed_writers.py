"""A program that is killed while it puts snapshots on disk: what was there stays, and nothing half is left."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hostagent.spool import Spool

# Puts one snapshot on disk, but is killed when it begins to sync for the n-th time.
WRITER = """
import itertools, os, signal, sys
from pathlib import Path
from hostagent.spool import Spool
calls, sync = itertools.count(1), os.fsync
os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGKILL) if next(calls) == int(sys.argv[2]) else sync(fd)
Spool(Path(sys.argv[1])).add([{"account_label": "killed"}])
"""


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_writer_killed_at_any_moment_leaves_the_spool_whole(tmp_path, number):
    spool = Spool(tmp_path)
    spool.add([{"account_label": "before"}])

    killed = subprocess.run([sys.executable, "-c", WRITER, tmp_path, str(number)], check=False)
    spool.add([{"account_label": "after"}])

    assert killed.returncode == -signal.SIGKILL
    items = [item for batch in spool.batches() for item in batch.items]
    labels = [item["account_label"] for item in items]
    assert labels in (["before", "after"], ["before", "killed", "after"])
    assert [item["seq"] for item in items] == sorted({item["seq"] for item in items})
    assert list(Path(tmp_path).rglob(".*")) == []
