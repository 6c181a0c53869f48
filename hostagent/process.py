"""Starting and ending child programs. Nothing else in the host agent imports subprocess."""

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, cast

from hostagent.errors import ProbeFault, Stopped

logger = logging.getLogger(__name__)

MAX_LINE_BYTES = 8 * 1024 * 1024
MAX_OUTPUT_BYTES = 32 * 1024 * 1024
KEPT_STDERR_BYTES = 16 * 1024

# Stands in the environment of every child: the number of the hostagent that started it.
CHILD_OF = "CSF_CHILD_OF"
# From SIGTERM to SIGKILL.
TERM_GRACE_SECONDS = 5.0

_READ_BYTES = 64 * 1024
# A child that leaves closes its output, unless a child of its own holds that open: only then it takes this long to see.
_EXIT_POLL_SECONDS = 3.0
_SHORT_GRACE_SECONDS = 1.0


class StopRequest:
    """Tells every waiting thread at once that the program should end. Can be waited for with a selector."""

    def __init__(self) -> None:
        self._readable, self._writable = os.pipe()
        self._is_set = False

    def set(self) -> None:
        self._is_set = True
        with contextlib.suppress(OSError):
            os.write(self._writable, b"x")

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, timeout_seconds: float) -> bool:
        """True as soon as the request is there, False after the timeout."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            return bool(selector.select(timeout_seconds))

    def fileno(self) -> int:
        return self._readable

    def close(self) -> None:
        os.close(self._readable)
        os.close(self._writable)


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Turn SIGTERM and SIGINT into a request, so that a child in the middle of a token refresh is not cut off."""
    stop = StopRequest()
    previous = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        _wait_for_endings()
        for number, handler in previous.items():
            signal.signal(number, handler)
        stop.close()


@dataclass(frozen=True)
class Command:
    """A program to start: nothing of this process's environment goes along but what `environment` names."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path


class _EndingThread(threading.Thread):
    """Waits for one child to leave. Not a daemon: the program ends after its children."""


def _wait_for_endings() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, _EndingThread):
            thread.join(timeout=1)
            if thread.is_alive():
                logger.warning("waiting for codex to finish; ending it now could cost the login")
                thread.join()


class Child:
    """A child program that is talked to in lines. Its own session, so that its children end with it."""

    def __init__(self, command: Command, inherited_fd: int | None = None) -> None:
        """Start it. The child holds `inherited_fd` open for as long as it lives. Raises OSError."""
        self._process = subprocess.Popen(
            command.argv,
            env={**command.environment, CHILD_OF: str(os.getpid())},
            cwd=command.cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=() if inherited_fd is None else (inherited_fd,),
        )
        self._name = Path(command.argv[0]).name
        self._selector = selectors.DefaultSelector()
        self._line = bytearray()
        self._stdout_bytes = 0
        self.stderr_tail = bytearray()
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._stdout = cast(IO[bytes], self._process.stdout)
        self._stderr = cast(IO[bytes], self._process.stderr)
        for stream, take in ((self._stdout, self._take_stdout), (self._stderr, self._take_stderr)):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, take)

    def write(self, text: bytes) -> None:
        """Send bytes to stdin; a child that is gone already is noticed by whoever reads its answer."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.write(text)

    def lines(self, deadline: float, stop: StopRequest) -> Generator[bytes, None, None]:
        """Lines of stdout until it ends or `deadline` (monotonic seconds) has passed.

        Raises Stopped when that was requested, ProbeFault("bad_payload") when the child writes without measure.
        """
        self._selector.register(stop, selectors.EVENT_READ, None)
        try:
            while not self.is_stdout_closed():
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return
                for key, _ in self._selector.select(remaining):
                    if key.data is None:
                        raise Stopped("stopped while codex was being asked")
                    yield from key.data(key)
        finally:
            self._selector.unregister(stop)

    def is_stdout_closed(self) -> bool:
        return self._stdout not in self._selector.get_map()

    def end(self, grace_seconds: float) -> None:
        """Close stdin and wait; only then SIGTERM, and at last SIGKILL. Always reaps, leaves no grandchild."""
        self._close_stdin()
        self._line.clear()  # up to 8 MiB that nobody asks for any more
        if not self._wait(grace_seconds):
            logger.warning("%s did not leave within %d s and is ended by force", self._name, grace_seconds)
            self._signal_group(signal.SIGTERM)
            if not self._wait(TERM_GRACE_SECONDS):
                self._signal_group(signal.SIGKILL)
        self._process.wait()
        self._signal_group(signal.SIGKILL)
        self._close_output()

    def end_in_background(self, grace_seconds: float) -> None:
        """The same, without making the caller wait: an exit may take seconds when DNS is dead."""
        _EndingThread(target=self.end, args=(grace_seconds,)).start()

    def _take_stdout(self, key: selectors.SelectorKey) -> Iterator[bytes]:
        chunk = self._read(key)
        self._stdout_bytes += len(chunk)
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._line += line
            yield bytes(self._line)
            self._line.clear()
        self._line += rest
        if len(self._line) > MAX_LINE_BYTES or self._stdout_bytes > MAX_OUTPUT_BYTES:
            raise ProbeFault("bad_payload")

    def _take_stderr(self, key: selectors.SelectorKey) -> Iterator[bytes]:
        self.stderr_tail += self._read(key)
        del self.stderr_tail[:-KEPT_STDERR_BYTES]
        return iter(())

    def _read(self, key: selectors.SelectorKey) -> bytes:
        try:
            chunk = os.read(key.fd, _READ_BYTES)
        except BlockingIOError:
            return b""
        if not chunk:
            self._selector.unregister(key.fileobj)
        return chunk

    def _close_stdin(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()

    def _wait(self, timeout_seconds: float) -> bool:
        """True when the child has left in time. What it still writes is thrown away, so that it cannot block."""
        deadline = time.monotonic() + timeout_seconds
        while self._selector.get_map() and self._process.poll() is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            for key, _ in self._selector.select(min(remaining, _EXIT_POLL_SECONDS)):
                self._read(key)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        return self._process.poll() is not None

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _close_output(self) -> None:
        self._selector.close()
        self._stdout.close()
        self._stderr.close()


def read_first_line(command: Command, timeout_seconds: float) -> str:
    """What a short program says first; empty when it says nothing in time. Raises OSError when it cannot start."""
    child = Child(command)
    stop = StopRequest()
    try:
        with contextlib.closing(child.lines(time.monotonic() + timeout_seconds, stop)) as lines:
            return next(lines, b"").decode("utf-8", "replace")
    except ProbeFault:
        return ""
    finally:
        child.end_in_background(_SHORT_GRACE_SECONDS)
        stop.close()


def run_on_terminal(command: Command) -> int:
    """Run a program that talks to the person itself; its exit status."""
    return subprocess.run(command.argv, env=dict(command.environment), cwd=command.cwd, check=False).returncode


def become(argv: list[str]) -> NoReturn:
    """Let another program go on in this one's place, on the same terminal. Raises OSError when it cannot start."""
    os.execvp(argv[0], argv)  # noqa: S606 - there is no shell, and none is wanted
