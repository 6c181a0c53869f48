"""The DNS of a program that has this folder on its PYTHONPATH: the one name in FAKE_NAME is this machine."""

import os
import socket
from typing import Any

_ask = socket.getaddrinfo


def _answer(host: Any, *rest: Any, **more: Any) -> Any:
    return _ask("127.0.0.1" if host == os.environ["FAKE_NAME"] else host, *rest, **more)


socket.getaddrinfo = _answer
