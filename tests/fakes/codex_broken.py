#!/usr/bin/env python3
"""Programs that claim to be codex and misbehave, one way each: `codex_broken.py WAY app-server …`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

WEEKLY = {"usedPercent": 7, "windowDurationMins": 10080, "resetsAt": 1795426433}
ANSWERS = (
    {"id": 0, "result": {"userAgent": "broken/0.169.0 (x)"}},
    {"id": 1, "result": {"account": {"type": "chatgpt", "email": "a@example.com"}, "requiresOpenaiAuth": True}},
    {"id": 2, "result": {"rateLimits": {"limitId": "codex", "primary": WEEKLY, "secondary": None}}},
)


def lines(*answers: object) -> bytes:
    return b"".join(json.dumps(answer).encode() + b"\n" for answer in answers)


def send(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def wait_for_end() -> None:
    sys.stdin.buffer.read()


def well_behaved() -> None:
    send(lines(*ANSWERS))
    wait_for_end()


def exits_at_once() -> None:
    sys.exit(1)


def never_answers() -> None:
    wait_for_end()


def half_a_line() -> None:
    send(lines(*ANSWERS)[:-20])
    wait_for_end()


def half_a_line_then_exit() -> None:
    send(lines(*ANSWERS)[:-20])


def all_in_one_write_backwards() -> None:
    send(lines(*reversed(ANSWERS)))
    wait_for_end()


def byte_by_byte() -> None:
    for byte in lines(*ANSWERS):
        send(bytes([byte]))
    wait_for_end()


def wrong_ids() -> None:
    send(lines({"id": 7, "result": {}}, {"id": "2", "result": {}}, {"id": None}, {"id": [2]}, [1], "text", 5))
    send(lines({"id": False, "result": {}}, {"id": True, "result": {}}, {**ANSWERS[2], "id": 2.0}))
    wait_for_end()


def noise_between() -> None:
    for answer in ANSWERS:
        send(b"not json\n\xff\xfe\n\n" + lines({"method": "x", "id": 2, "params": {}}, answer))
    wait_for_end()


def endless_stdout() -> None:
    while True:
        send(b"x" * 65536 + b"\n")


def one_endless_line() -> None:
    while True:
        send(b"x" * 65536)


def one_line_of_a_gibibyte() -> None:
    """Once all of it is written, `whole-line` stands beside the home."""
    for _ in range(16384):
        send(b"x" * 65536)
    send(b"\n" + lines(*ANSWERS))
    Path(os.environ["HOME"], "whole-line").touch()
    wait_for_end()


def one_dense_line() -> None:
    """Valid, and as Python objects fifty times as large: three bytes a value, eight MiB in all."""
    send(lines(*ANSWERS[:2]) + b'{"id": 2, "result": {"rateLimits": [' + b"{}," * (8 * 2**20 // 3 - 100) + b"{}]}}\n")
    wait_for_end()


def much_stderr() -> None:
    os.set_blocking(2, True)
    send(lines(*ANSWERS[:2]))
    for _ in range(512):
        os.write(2, b"e" * 65536)
    send(lines(ANSWERS[2]))
    wait_for_end()


def endless_stderr() -> None:
    os.set_blocking(2, True)
    while True:
        os.write(2, b"e" * 65536)


def ignores_end() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    send(lines(*ANSWERS))
    wait_for_end()
    time.sleep(600)


def ignores_everything() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait_for_end()
    time.sleep(600)


def leaves_a_grandchild() -> None:
    subprocess.Popen(["sleep", "600"])
    send(lines(*ANSWERS))
    wait_for_end()


def exits_before_its_grandchild() -> None:
    subprocess.Popen(["sleep", "600"])


WAYS: dict[str, Callable[[], None]] = {
    way.__name__: way
    for way in (
        well_behaved,
        exits_at_once,
        never_answers,
        half_a_line,
        half_a_line_then_exit,
        all_in_one_write_backwards,
        byte_by_byte,
        wrong_ids,
        noise_between,
        endless_stdout,
        one_endless_line,
        one_line_of_a_gibibyte,
        one_dense_line,
        much_stderr,
        endless_stderr,
        ignores_end,
        ignores_everything,
        leaves_a_grandchild,
        exits_before_its_grandchild,
    )
}

if __name__ == "__main__":
    WAYS[sys.argv[1]]()
