"""`hostagent status`: who is read next, and which logins are dead."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from terminal import hostagent

from hostagent.spool import Spool
from hostagent.tables import display_width

LOGIN = "accounts/acc1/.codex/auth.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A host with two accounts, one of them with a login, and a state folder."""
    path = tmp_path / "host"
    (path / LOGIN).parent.mkdir(parents=True)
    (path / LOGIN).write_text("{}")
    (path / "data/hostagent").mkdir(parents=True)
    (path / "hostagent.yaml").write_text("poll_interval_sec: 300\n")
    accounts = [{"label": "acc1", "note": "個人用"}, {"label": "account-two", "note": "mine"}]
    (path / "accounts.json").write_text(json.dumps({"accounts": accounts}))
    return path


@contextmanager
def agent_at_work(folder: Path, next_round_in: float) -> Iterator[None]:
    """What `hostagent run` leaves in its state folder."""
    (folder / "data/hostagent/next-round.json").write_text(json.dumps({"next_round_at": time.time() + next_round_in}))
    with (folder / "data/hostagent/agent.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pause(folder: Path, **fields: Any) -> None:
    now, file = time.time(), (folder / LOGIN).stat()
    fingerprint = [file.st_ino, file.st_mtime_ns, file.st_size]
    found = {"code": None, "since": now, "asked_at": now, "seconds": 600, "file": fingerprint, **fields}
    (folder / "data/hostagent/pauses.json").write_text(json.dumps({"acc1": found}))


def accounts_of(folder: Path) -> dict[str, dict[str, Any]]:
    document = json.loads(hostagent(folder, "status", "--json").stdout)
    return {account["label"]: account for account in document["accounts"]}


def test_a_running_agent_leaves_behind_who_is_read_next(joined_host, collector, upstream):
    joined_host.settings["poll_interval_sec"] = 60
    joined_host.add_account("acc1", upstream.add_account("A1"))
    dead = upstream.add_account("A2")
    upstream.seed_home(dead, joined_host.add_account("acc2", dead), expires_in_seconds=-60)
    dead.refresh_mode = "expired"
    joined_host.add_account("off", enabled=False)
    agent = joined_host.start("run")
    while len([item for item in collector.latest().values() if item["attempted_at"]]) < 2:
        assert agent.poll() is None

    accounts = accounts_of(joined_host.folder)
    agent.terminate()
    agent.communicate(timeout=60)
    stopped = accounts_of(joined_host.folder)

    assert 0 < accounts["acc1"]["next_probe_in_sec"] <= 66
    assert 3500 < accounts["acc2"]["next_probe_in_sec"] <= 3600 + 66
    assert accounts["off"]["next_probe_in_sec"] is None
    assert accounts["acc1"]["dead_login"] is None
    assert accounts["acc2"]["dead_login"]["code"] == "login_expired"
    assert accounts["acc2"]["dead_login"]["next_step"] == "hostagent login acc2"
    assert stopped["acc1"]["next_probe_in_sec"] is None
    assert stopped["acc2"]["dead_login"] is not None


def test_rounds_of_a_timer_are_told_apart_from_no_agent_at_all(joined_host, upstream):
    joined_host.add_account("acc1", upstream.add_account("A1"))
    joined_host.write_files()
    before = hostagent(joined_host.folder, "status").stdout
    assert joined_host.run("run", "--once").returncode == 0

    after = hostagent(joined_host.folder, "status").stdout
    doctor = hostagent(joined_host.folder, "doctor").stdout
    due_in = accounts_of(joined_host.folder)["acc1"]["next_probe_in_sec"]
    noted = joined_host.folder / "data/hostagent/last-single-round.json"
    noted.write_text(json.dumps({"ended_at": time.time() - 3600}))
    later = hostagent(joined_host.folder, "status").stdout

    assert "hostagent run is not at work" in before
    assert "rounds of hostagent run --once; the last ended " in after
    assert "rounds of hostagent run --once" in doctor
    assert 240 < due_in <= 300
    assert "hostagent run is not at work" in later


def test_a_login_that_has_been_dead_for_days_says_so_and_what_to_type(folder):
    pause(folder, code="login_expired", since=time.time() - 2 * 86_400 - 3600, seconds=3600)

    with agent_at_work(folder, next_round_in=120):
        shown = hostagent(folder, "status").stdout

    assert "in 1 h 2 min  dead for 2 d 1 h; next: hostagent login acc1" in shown


def test_the_table_lines_up_where_a_note_is_japanese(folder):
    with agent_at_work(folder, next_round_in=120):
        headings, *rows = hostagent(folder, "status").stdout.splitlines()[-3:]

    column = headings.index("NEXT PROBE")
    assert [display_width(row[: row.index("in 2 min")]) for row in rows] == [column, column]


def test_a_login_that_was_renewed_is_no_longer_dead(folder):
    pause(folder, code="login_expired")
    (folder / LOGIN).write_text('{"tokens": {}}')

    assert accounts_of(folder)["acc1"]["dead_login"] is None


@pytest.mark.parametrize(
    ("next_round_in", "seconds", "found"), [(120, 600, 720), (120, 60, 120), (-5, 60, 295), (-5, 0, 0), (1e9, 0, None)]
)
def test_a_pause_ends_with_the_first_round_after_it(folder, next_round_in, seconds, found):
    pause(folder, seconds=seconds)

    with agent_at_work(folder, next_round_in):
        due_in = accounts_of(folder)["acc1"]["next_probe_in_sec"]

    assert due_in == found or abs(due_in - found) < 10


@pytest.mark.parametrize(
    ("settings", "is_at_work", "sentence"),
    [("", False, "with the next run or push"), ("manual_refresh: true\n", True, "when somebody asks")],
)
def test_without_rounds_nothing_is_promised(folder, settings, is_at_work, sentence):
    (folder / "hostagent.yaml").write_text(settings)

    with agent_at_work(folder, next_round_in=120):
        if not is_at_work:
            (folder / "data/hostagent/agent.lock").unlink()
        shown = hostagent(folder, "status").stdout

    assert shown.count(sentence) == 2


def test_what_was_dropped_is_shown_until_it_is_told(folder):
    spool = Spool(folder / "data/hostagent")
    spool.add([{"account_label": "acc1"}], dropped=3)
    spool.add([], dropped=2)
    assert "dropped    5, told with the next delivery" in hostagent(folder, "status").stdout

    spool.remove(next(spool.batches()))

    assert json.loads(hostagent(folder, "status", "--json").stdout)["dropped"] == 2
