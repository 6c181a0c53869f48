"""Gunicorn's worker, which lets nobody sleep on when it is to stop, and nobody wait for somebody else."""

import gc
import os
import random
import socket
from contextlib import suppress
from types import FrameType
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]


class Worker(ThreadWorker):  # type: ignore[misc]
    def run(self) -> None:
        # What has been loaded stays. Looked through again and again for garbage it would cost a tenth of the time.
        gc.freeze()
        stay_on_one_processor()
        super().run()

    def handle(self, conn: Any) -> Any:
        """Answer, and let a caller that gets no more hear it out, in this thread that is its own.

        Gunicorn would wait for that, two seconds for each, where it takes in everybody else.
        """
        is_kept = super().handle(conn)
        if not is_kept:
            with suppress(OSError):
                util.close_graceful(conn.sock.dup())
                conn.sock.shutdown(socket.SHUT_RD)
        return is_kept

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop when what is at work is done; who is parked gets an answer now."""
        if self.alive:
            super().handle_exit(sig, frame)
            # Not here: a signal comes in the midst of anything.
            self.method_queue.defer(self._wake_parked)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once; the process would wait for threads that sleep."""
        self._wake_parked()
        super().handle_quit(sig, frame)

    def _wake_parked(self) -> None:
        app = getattr(self, "wsgi", None)
        if app is not None:
            app.extensions["parking"].end()


def stay_on_one_processor() -> None:
    """More are of no use: Python lets one thread work at a time.

    Spread over several processors the threads wake each other across them at every statement to the database, which
    takes as long as the work itself. Linux moves others away from the one that is busy. It is any of those that whoever
    starts this allows: several collectors of one machine are given one each, by `taskset` or `CPUAffinity=`.
    """
    # Not on a Mac, and not where whoever runs this forbids it.
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, {random.choice(sorted(os.sched_getaffinity(0)))})  # noqa: S311 - no secret
