#!/usr/bin/env python3
"""What an account's history takes on disk, of what the raw answers themselves would take.

Type: .venv/bin/python scripts/bench/history_bytes.py
A year of polling every five minutes, read from recorded answers of codex whose numbers move as those of a real account
do, and taken in by the collector's own queries on SQLite; housekeeping deletes what it would. Takes about a minute
and a half.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from verdict import finish, say

from collector import migrations, wire
from collector.database import close_database, database, open_database, run
from collector.queries import accounts, housekeeping, snapshots, tokens
from collector.queries.tokens import Kind
from collector.settings import Settings
from collector.strict_json import dump
from hostagent.accounts import Account
from hostagent.codex_answers import Identity, Replies
from hostagent.providers.codex_readings import normalize

SAMPLES = Path(__file__).resolve().parents[2] / "tests/samples/codex"
DAYS = 365
INTERVAL = timedelta(minutes=5)
RETENTION = timedelta(days=400)
START = datetime(2026, 1, 5, tzinfo=UTC)
GOALS = {"idle": 0.02, "busy": 0.15}
# An account with nothing but its own two windows, and one with a limit more.
ANSWERS = ("ok_plus.json", "ok_additional_limits.json")
_FIVE_HOURS, _WEEK = timedelta(hours=5), timedelta(days=7)
# A busy account is at work for ten hours of every day: two 5-hour windows are used up, and the weekly one by Sunday.
_WORK_BEGINS = timedelta(hours=9)
_WORK_LASTS = 2 * _FIVE_HOURS


@dataclass(frozen=True)
class Cost:
    """Of all accounts together."""

    readings: int
    events: int
    raw_bytes: int
    kept_bytes: int

    @property
    def ratio(self) -> float:
        return self.kept_bytes / self.raw_bytes

    def since(self, earlier: "Cost") -> "Cost":
        """What was added."""
        before = asdict(earlier)
        return Cost(**{name: value - before[name] for name, value in asdict(self).items()})


class Login:
    """One account and what codex says of it. Neither a reset nor a probe is quite exact."""

    def __init__(self, label: str, sample: str, is_busy: bool) -> None:
        self.label, self.is_busy = label, is_busy
        self.recorded = json.loads((SAMPLES / sample).read_text())
        self.account = Account(label, "codex", Path("/"), Path("/"))
        self.random = Random(label)
        self.id = str(UUID(int=self.random.getrandbits(128)))

    def item(self, seq: int, moment: datetime) -> dict[str, Any]:
        item = {"seq": seq, "account_label": self.label, "observed_at": moment.isoformat()}
        # A probe in 300 fails: about one a day.
        if self.random.random() < 1 / 300:
            return item | {"error": {"code": "network", "message": "the provider could not be reached"}}
        result = self._result(moment)
        replies = Replies(None, self.recorded["account_read"], {"id": 2, "result": result}, False)
        user_agent = self.recorded["initialize"]["result"]["userAgent"]
        normalized = normalize(replies, self.account, Identity())
        return item | {"raw": result, "parsed": {"userAgent": user_agent, "normalized": normalized}}

    def _result(self, moment: datetime) -> dict[str, Any]:
        result = json.loads(dump(self.recorded["rateLimits_read"]["result"]))
        for limit in result["rateLimitsByLimitId"].values():
            is_main = limit["limitId"] == "codex"
            for slot, read in (("primary", self._five_hours), ("secondary", self._weekly)):
                if limit[slot] is not None:
                    limit[slot] |= dict(zip(("usedPercent", "resetsAt"), read(moment, is_main), strict=True))
        return result | {"rateLimits": result["rateLimitsByLimitId"]["codex"], "accountId": self.id}

    def _five_hours(self, moment: datetime, is_main: bool) -> tuple[int, int]:
        at_work = moment - _midnight(moment) - _WORK_BEGINS
        if not (self.is_busy and is_main and timedelta() <= at_work < _WORK_LASTS):
            return 0, self._seconds(moment + _FIVE_HOURS)
        into = at_work % _FIVE_HOURS
        return 1 + int(99 * (into / _FIVE_HOURS)), self._seconds(moment - into + _FIVE_HOURS)

    def _weekly(self, moment: datetime, is_main: bool) -> tuple[int, int]:
        if not is_main:
            return 0, self._seconds(moment + _WEEK)
        into = (moment - START) % _WEEK
        worked = into // timedelta(days=1) * _WORK_LASTS
        worked += min(max(moment - _midnight(moment) - _WORK_BEGINS, timedelta()), _WORK_LASTS)
        # Once a week somebody asks an idle account a question.
        used = int(100 * (worked / (7 * _WORK_LASTS))) if self.is_busy else 2
        return used, self._seconds(moment - into + _WEEK)

    def _seconds(self, moment: datetime) -> int:
        return int(moment.timestamp()) + self.random.randrange(-20, 20)


def measure(is_busy: bool, days: int, number: int = len(ANSWERS)) -> Iterator[Cost]:
    """After each day, what has come and what is kept of it, on a new database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        open_database(settings)
        migrations.migrate(settings)
        # How a commit is made durable changes nothing of what is kept.
        database.pragma("synchronous", "off")
        logins = [Login(f"acc{each}", sample, is_busy) for each, sample in enumerate(ANSWERS[:number])]
        host_id = _register(logins)
        empty, raw_bytes = _bytes_of_database(), 0
        for day in range(days):
            raw_bytes += _poll(host_id, logins, day)
            while housekeeping.prune(RETENTION, START + timedelta(days=day + 1)):
                pass
            readings = (day + 1) * (timedelta(days=1) // INTERVAL) * len(logins)
            events = int(run("SELECT count(*) FROM event").fetchone()[0])
            yield Cost(readings, events, raw_bytes, _bytes_of_database() - empty)
        close_database()


def _register(logins: list[Login]) -> int:
    tokens.create_token(Kind.AGENT, "mac-mini", False, START)
    registry = {"accounts": [{"account_label": login.label} for login in logins]}
    accounts.replace_registry(1, wire.parse_registry(dump(registry).encode()), START)
    return 1


def _poll(host_id: int, logins: list[Login], day: int) -> int:
    """A day of it; the bytes of the raw answers."""
    raw_bytes, rounds = 0, timedelta(days=1) // INTERVAL
    for number in range(day * rounds, (day + 1) * rounds):
        moment = START + number * INTERVAL + timedelta(milliseconds=number % 997)
        items = [login.item(number * len(logins) + place, moment) for place, login in enumerate(logins)]
        batch = {"epoch": "0" * 32, "sent_at": moment.isoformat(), "items": items}
        snapshots.record_batch(host_id, *wire.parse_batch(dump(batch).encode()), moment)
        raw_bytes += sum(len(dump(item["raw"]).encode()) for item in items if "raw" in item)
    return raw_bytes


def _bytes_of_database() -> int:
    """Without pages that are free to be used again."""
    return int((database.pragma("page_count") - database.pragma("freelist_count")) * database.pragma("page_size"))


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def main() -> None:
    found: dict[str, Any] = {}
    for name, goal in GOALS.items():
        for day, cost in enumerate(measure(name == "busy", DAYS), start=1):
            if day % 73 == 0:
                say(f"{name}, {day} days: {cost.ratio:.4f} of the raw answers")
        years = len(ANSWERS) * DAYS / 365
        found[name] = {
            "ratio": round(cost.ratio, 4),
            "goal": goal,
            "raw_mb_of_account_year": round(cost.raw_bytes / years / 1e6, 1),
            "kept_mb_of_account_year": round(cost.kept_bytes / years / 1e6, 2),
            "events_of_account_year": round(cost.events / years),
        }
    is_ok = all(each["ratio"] <= each["goal"] for each in found.values())
    finish({"bench": "history_bytes", "days": DAYS, **found, "ok": is_ok})


if __name__ == "__main__":
    main()
