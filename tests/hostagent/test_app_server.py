"""Talking to child programs that misbehave, and ending every one of them."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import children_of, count_descriptors, living_members

from hostagent.app_server import read_rate_limits
from hostagent.codex_answers import Replies
from hostagent.errors import ProbeFault, Stopped
from hostagent.process import Child, Command, StopRequest
from hostagent.providers.codex_faults import find_fault

PROGRAM = Path(__file__).parent.parent / "fakes/codex_broken.py"


def command(way: str, folder: Path) -> Command:
    return Command((sys.executable, str(PROGRAM), way), {"PATH": os.environ["PATH"]}, folder)


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(autouse=True)
def every_child_ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ends are waited for, with short graces; afterwards no child and no descriptor may be left."""
    monkeypatch.setattr("hostagent.app_server.SAFE_GRACE_SECONDS", 0.5)
    monkeypatch.setattr("hostagent.app_server.REFRESH_GRACE_SECONDS", 0.5)
    monkeypatch.setattr("hostagent.process.TERM_GRACE_SECONDS", 0.5)
    descriptors, children = count_descriptors(), children_of(os.getpid())
    yield
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    assert children_of(os.getpid()) <= children
    assert count_descriptors() == descriptors


def ask(way: str, folder: Path, lock: int, stop: StopRequest, deadline_seconds: float = 60) -> Replies:
    return read_rate_limits(command(way, folder), lock, stop, deadline_seconds)


@pytest.mark.parametrize(
    "way",
    [
        "well_behaved",
        "all_in_one_write_backwards",
        "byte_by_byte",
        "noise_between",
        "much_stderr",
        "ignores_end",
        "leaves_a_grandchild",
    ],
)
def test_answers_are_matched_by_id_whatever_comes_between(way, tmp_path, lock, stop):
    replies = ask(way, tmp_path, lock, stop)

    assert find_fault(replies) is None
    assert [frame["id"] for frame in (replies.initialize, replies.account, replies.rate_limits)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("exits_at_once", "codex_failed"),
        ("half_a_line_then_exit", "codex_failed"),
        ("never_answers", "timeout"),
        ("half_a_line", "timeout"),
        ("wrong_ids", "timeout"),
        ("endless_stderr", "timeout"),
        ("ignores_everything", "timeout"),
        ("exits_before_its_grandchild", "timeout"),
    ],
)
def test_a_missing_answer_is_known_by_the_deadline(way, code, tmp_path, lock, stop):
    started_at = time.monotonic()

    fault = find_fault(ask(way, tmp_path, lock, stop, deadline_seconds=1))

    assert fault is not None
    assert fault.code == code
    assert time.monotonic() - started_at < 2


@pytest.mark.parametrize("way", ["endless_stdout", "one_endless_line", "one_dense_line"])
def test_a_child_that_writes_without_measure_is_a_bad_payload(way, tmp_path, lock, stop):
    with pytest.raises(ProbeFault, match="bad_payload"):
        ask(way, tmp_path, lock, stop)


def test_a_program_that_cannot_start_is_an_os_error(tmp_path, lock, stop):
    with pytest.raises(OSError, match="No such file"):
        read_rate_limits(Command(("/no/such/codex",), {}, tmp_path), lock, stop)


def test_a_stop_request_ends_the_waiting_at_once(tmp_path, lock, stop):
    threading.Timer(0.2, stop.set).start()
    started_at = time.monotonic()

    with pytest.raises(Stopped):
        ask("never_answers", tmp_path, lock, stop)

    assert time.monotonic() - started_at < 2


def test_a_grandchild_does_not_outlive_its_parent(tmp_path, lock, stop):
    child = Child(command("leaves_a_grandchild", tmp_path), lock)
    next(child.lines(time.monotonic() + 10, stop))
    assert len(living_members(child._process.pid)) == 2

    child.end(0.5)

    deadline = time.monotonic() + 5
    while living_members(child._process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert living_members(child._process.pid) == set()
