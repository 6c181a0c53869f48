"""A route that answers a constant, served as the collector is: what the same server does with our work taken away."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from types import SimpleNamespace

from flask import Flask, request

from collector.server import Address, bound_address, listen


def application() -> Flask:
    """What gunicorn loads. The body is read, as whoever answers a request must."""
    app = Flask("constant", static_folder=None)
    app.extensions["parking"] = SimpleNamespace(end=lambda: None)

    @app.post("/snapshots")
    def answer() -> dict[str, object]:
        request.get_data()
        return {"ok": True, "results": [{"seq": 1, "status": "stored", "code": None}]}

    return app


@contextmanager
def serve_constant() -> Iterator[int]:
    """The port of it, with the collector's settings of gunicorn."""
    with listen(Address("127.0.0.1", 0)) as listener:
        port = bound_address(listener).port
        command = [sys.executable, "-m", "gunicorn", "constant_app:application()"]
        command += ["--config", "python:collector.gunicorn_settings", "--bind", f"fd://{listener.fileno()}"]
        with Popen(command, pass_fds=[listener.fileno()], cwd=Path(__file__).parent) as server:
            try:
                yield port
            finally:
                server.terminate()
