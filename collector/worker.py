"""Gunicorn's worker, which lets nobody sleep on when it is to stop."""

from types import FrameType

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]


class Worker(ThreadWorker):  # type: ignore[misc]
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
