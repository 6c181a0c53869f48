#!/usr/bin/env python3
"""A thousand probes of programs that claim to be codex and misbehave, each in one of 22 ways.

Type: .venv/bin/python scripts/faults/broken_codex.py
Each way comes once with the real patience, in which the line of a gibibyte is read to its end, then all come in turn
with a short one. Measured in the process that probes, as the agent does. Needs Linux; takes about ten minutes.
"""

import dataclasses
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from hosts import BROKEN_CODEX, write_program
from processes import children_of, count_descriptors, forget_peak_memory, memory_mib
from verdict import finish, say

from hostagent.accounts import Account
from hostagent.config import Config, read_config
from hostagent.process import StopRequest
from hostagent.providers.codex import probe

PROBES = 1000
SHORT_GRACE_SECONDS = 0.5
ANSWERS_WITHIN_SECONDS, GIVES_UP_AFTER_SECONDS = 20.0, 1.0
MOST_MEMORY_MIB = 48

# What the probe says of each way; None: it is a reading.
CODES = {
    "missing": "codex_missing",
    "not_executable": "codex_missing",
    "no_program": "codex_failed",
    "well_behaved": None,
    "exits_at_once": "codex_failed",
    "never_answers": "timeout",
    "half_a_line": "timeout",
    "half_a_line_then_exit": "codex_failed",
    "all_in_one_write_backwards": None,
    "byte_by_byte": None,
    "wrong_ids": "timeout",
    "noise_between": None,
    "one_line_of_a_gibibyte": "bad_payload",
    "much_stderr": None,
    "leaves_a_grandchild": None,
    "exits_before_its_grandchild": "timeout",
    "ignores_end": None,
    "ignores_everything": "timeout",
    "endless_stdout": "bad_payload",
    "one_endless_line": "bad_payload",
    "one_dense_line": "bad_payload",
    "endless_stderr": "timeout",
}


def main() -> None:
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        finish(probe_broken_programs(Path(folder), PROBES, is_patient=True))


def probe_broken_programs(folder: Path, probes: int, *, is_patient: bool) -> dict[str, Any]:
    """`is_patient`: let each way also have the 40 seconds that a child gets before it is ended by force."""
    bench = Bench(folder)
    bench.probe("well_behaved", 0)  # loads what is loaded once
    bench.wait_for_endings()
    children, descriptors, memory = children_of(os.getpid()), count_descriptors(), memory_mib("VmRSS")
    forget_peak_memory()
    if is_patient:
        for way in CODES:
            bench.probe(way, 1)
        bench.wait_for_endings()
    with short_graces():
        for number in range(probes):
            bench.probe(list(CODES)[number % len(CODES)], number + 2)
        bench.wait_for_endings()
    whole_lines = len(list(folder.glob("accounts/*/whole-line")))
    verdict = {
        "fault": "broken codex",
        "probes": probes + len(CODES) * is_patient,
        "ways": len(CODES),
        "wrong_codes": bench.wrong_codes,
        "most_seconds_after_deadline": round(bench.most_seconds_late, 2),
        "memory_mib": round(memory_mib("VmHWM") - memory, 1),
        "gibibytes_read_to_the_end": whole_lines,
        "children_left": len(children_of(os.getpid()) - children),
        "descriptors_left": count_descriptors() - descriptors,
    }
    return verdict | {"ok": is_good(verdict) and whole_lines >= is_patient}


def is_good(verdict: dict[str, Any]) -> bool:
    return (
        not verdict["wrong_codes"]
        and verdict["most_seconds_after_deadline"] <= 1
        and verdict["memory_mib"] <= MOST_MEMORY_MIB
        and verdict["children_left"] == verdict["descriptors_left"] == 0
    )


@contextmanager
def short_graces() -> Iterator[None]:
    names = ("app_server.SAFE_GRACE_SECONDS", "app_server.REFRESH_GRACE_SECONDS", "process.TERM_GRACE_SECONDS")
    patches = [mock.patch(f"hostagent.{name}", SHORT_GRACE_SECONDS) for name in names]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


class Bench:
    """A host whose codex is another one at each probe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = make_config(folder)
        self._stop = StopRequest()
        self.wrong_codes: list[str] = []
        self.most_seconds_late = -ANSWERS_WITHIN_SECONDS

    def probe(self, way: str, number: int) -> None:
        """In a home of its own: the child before it may still be leaving its home."""
        account = self._account(f"{way}-{number}")
        deadline_seconds = GIVES_UP_AFTER_SECONDS if CODES[way] == "timeout" else ANSWERS_WITHIN_SECONDS
        config = dataclasses.replace(self._config, codex_bin=str(self._program(way)))
        started_at = time.monotonic()
        snapshot = probe(account, config, self._stop, deadline_seconds)
        late = time.monotonic() - started_at - deadline_seconds
        self.most_seconds_late = max(self.most_seconds_late, late)
        code = snapshot.error.code if snapshot.error else None
        if code != CODES[way]:
            self.wrong_codes.append(f"{way}: {code}")
        if number % 100 == 0 or late > 1 or code != CODES[way]:
            say(f"{number}: {way} gives {code}, {late:+.2f} s from its deadline")

    def _account(self, label: str) -> Account:
        folder = self._folder / "accounts" / label
        (folder / ".codex").mkdir(parents=True)
        (folder / ".codex/auth.json").touch(0o600)
        (folder / ".codex/auth.json").write_text("{}")
        return Account(label, "codex", folder, folder / ".codex")

    def _program(self, way: str) -> Path:
        path = self._folder / "programs" / way
        if path.exists():
            return path
        path.parent.mkdir(exist_ok=True)
        if way != "missing":
            write_program(path, f"exec {BROKEN_CODEX} {way}")
        if way == "not_executable":
            path.chmod(0o644)
        if way == "no_program":
            path.write_bytes(b"\0")
        return path

    def wait_for_endings(self) -> None:
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()


def make_config(folder: Path) -> Config:
    (folder / "hostagent.yaml").write_text("host: mac-mini\n")
    (folder / "accounts.json").write_text('{"accounts": []}')
    return read_config(folder / "hostagent.yaml")[0]


if __name__ == "__main__":
    main()
