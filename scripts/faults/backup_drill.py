#!/usr/bin/env python3
"""A collector copied 20 times while four agents push to it, then put back, with the restore killed at every moment.

Type: .venv/bin/python scripts/faults/backup_drill.py
Each copy must be whole and one commit of the database: nothing that was acknowledged before is missing, nothing that
was sent later is in it, and of no batch a part. After every killed restore there must be a whole database, the former
or the restored one. A PostgreSQL is copied and put back by its own tools. Takes about three minutes.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import requests
from copies import faults_of, take
from databases import migrate
from postgresql import Postgresql, run_postgresql, run_tool
from programs import PROGRAMS, Collector, serve_collector
from pushers import Pusher, pushing
from stored_pushes import Seqs, acknowledged, stored_in
from verdict import finish, say

from collector.errors import OperatorError
from collector.restore import check
from collector.settings import Settings

COPIES, HOSTS = 20, 4
DYING = Path(__file__).with_name("dying_restore.py")
NEVER = 0
FAULTS = ("damaged", "missing", "later", "parts", "commits_apart", "not_whole", "unfinished", "drill_failures")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        counts = drill_sqlite(Path(folder) / "sqlite", (HOSTS, COPIES), lambda moments: range(1, moments + 1))
        counts.update(drill_postgresql(Path(folder) / "postgresql", server, (HOSTS, COPIES)))
        finish(judge(counts))


def judge(counts: Counter[str]) -> dict[str, Any]:
    faults = {name: counts[name] for name in FAULTS}
    return {"fault": "backup during writes, restore drill", **counts, **faults, "ok": not any(faults.values())}


def drill_sqlite(folder: Path, numbers: tuple[int, int], choose: Callable[[int], Iterable[int]]) -> Counter[str]:
    """With so many hosts copy so often; kill a restore at the moments that `choose` takes of their number; restore."""
    hosts, copies = numbers
    data, files = folder / "data", [folder / f"copy-{number}" for number in range(copies)]
    with serve_collector(data) as collector:
        with pushing(collector, hosts) as pushers:
            taken = [take(pushers, lambda file=file: copy_sqlite(collector, file)) for file in files]
        before = Knowledge.of(pushers[0])
        # As after a crash: with the log that has not been folded into the file.
        crashed = shutil.copytree(data, folder / "crashed")
    counts = Counter(copies=copies, damaged=sum(not is_whole(file) for file in files), acknowledged=total(pushers))
    for copy in taken:
        counts.update(faults_of(copy, pushers))
    say(f"SQLite, copied: {dict(counts)}")
    counts.update(kill_restores(crashed, files[-1], choose))
    say(f"SQLite, restores killed: {dict(counts)}")
    run_collector({"COLLECTOR_DATA_DIR": str(data)}, "restore", files[-1])
    (former,) = data.glob("collector.sqlite3.until-*")
    counts["missing"] += sum(len(acknowledged(pusher) - stored_in(former)[pusher.host]) for pusher in pushers)
    with serve_collector(data) as collector:
        pushers[0].url = collector.url
        counts["drill_failures"] += before.count_faults(pushers[0], taken[-1].stored)
    return counts


def drill_postgresql(folder: Path, server: Postgresql, numbers: tuple[int, int]) -> Counter[str]:
    """The same with pg_dump and pg_restore, as `collector backup` and `collector restore` tell to."""
    hosts, copies = numbers
    folder.mkdir()
    url, files = server.create_database(), [folder / f"copy-{number}" for number in range(copies)]
    migrate(Settings(data_dir=folder, database_url=url))
    with serve_collector(folder / "data", DATABASE_URL=url) as collector:
        with pushing(collector, hosts) as pushers:
            taken = [take(pushers, lambda file=file: copy_postgresql(server, url, file)) for file in files]
        before = Knowledge.of(pushers[0])
    counts = Counter(copies=copies, acknowledged=total(pushers))
    for copy in taken:
        counts.update(faults_of(copy, pushers))
    run_tool("pg_restore", "--clean", "--if-exists", f"--dbname={url}", files[-1])
    run_collector({"COLLECTOR_DATA_DIR": str(folder / "data"), "DATABASE_URL": url}, "mark-restored")
    with serve_collector(folder / "data", DATABASE_URL=url) as collector:
        pushers[0].url = collector.url
        counts["drill_failures"] += before.count_faults(pushers[0], taken[-1].stored)
    say(f"PostgreSQL, copied and restored: {dict(counts)}")
    return counts


def copy_sqlite(collector: Collector, file: Path) -> Seqs:
    collector.run("backup", str(file))
    return stored_in(file)


def copy_postgresql(server: Postgresql, url: str, file: Path) -> Seqs:
    run_tool("pg_dump", "--format=custom", f"--file={file}", url)
    other = server.create_database()
    run_tool("pg_restore", f"--dbname={other}", file)
    return stored_in(other)


def total(pushers: Iterable[Pusher]) -> int:
    return sum(pusher.acknowledged for pusher in pushers)


def is_whole(file: Path) -> bool:
    try:
        return bool(check(file))
    except OperatorError as error:
        say(str(error))
        return False


def kill_restores(crashed: Path, copy: Path, choose: Callable[[int], Iterable[int]]) -> Counter[str]:
    former, restored = look_into(crashed), stored_in(copy)
    counts: Counter[str] = Counter()
    moments = int(restore_until(NEVER, copy, shutil.copytree(crashed, crashed.with_name("untouched"))))
    for moment in choose(moments):
        trial = shutil.copytree(crashed, crashed.with_name("trial"))
        restore_until(moment, copy, trial)
        counts["killed_restores"] += 1
        counts["not_whole"] += look_into(trial) not in (former, restored)
        restore_until(NEVER, copy, trial)
        counts["unfinished"] += look_into(trial) != restored
        shutil.rmtree(trial)
    return counts


def look_into(data: Path) -> Seqs | None:
    """What a collector would find there; None for no whole database. It is left as it is, with its log."""
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copytree(data, Path(folder) / "look") / "collector.sqlite3"
        return stored_in(file) if is_whole(file) else None


def restore_until(moment: int, copy: Path, data: Path) -> str:
    command = [sys.executable, DYING, str(moment), copy, data / "collector.sqlite3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != (0 if moment == NEVER else -signal.SIGKILL):
        raise SystemExit(f"the restore ended by itself: {done}")
    return done.stdout


@dataclass(frozen=True)
class Knowledge:
    """What a reader and an agent knew before the database was replaced."""

    revision: str
    cursor: int

    @classmethod
    def of(cls, pusher: Pusher) -> "Knowledge":
        return cls(get(pusher, "/latest")["revision"], wish(pusher))

    def count_faults(self, pusher: Pusher, stored: Seqs) -> int:
        """How much of what is promised after a restore is not true."""
        last = max(stored[pusher.host], default=0)
        promises = {
            "readers are told everything": "removed" not in get(pusher, f"/latest?since={self.revision}"),
            "no cursor comes again": wish(pusher) > self.cursor,
            "agents go on": pusher.send(requests.Session(), [pusher.item(last + 1)]) is None,
        }
        say(f"after the restore: {promises}")
        return list(promises.values()).count(False)


def get(pusher: Pusher, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(pusher.url + path, headers=pusher.admin, timeout=60).json()
    return answer


def wish(pusher: Pusher) -> int:
    """The cursor of a new wish for the account that was never read."""
    accounts = [{"host": pusher.host, "account_label": "never-read"}]
    answer = requests.post(f"{pusher.url}/refresh", json={"accounts": accounts}, headers=pusher.admin, timeout=60)
    answer.raise_for_status()
    return int(requests.get(f"{pusher.url}/refresh/queue", headers=pusher.headers, timeout=60).json()["cursor"])


def run_collector(settings: dict[str, str], *arguments: str | Path) -> None:
    subprocess.run([PROGRAMS / "collector", *arguments], env=settings, check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    main()
