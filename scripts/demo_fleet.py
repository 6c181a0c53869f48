"""The pretend fleet of the demo: which hosts, which accounts, and how each one's usage rises and falls."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

FIVE_HOURS, WEEK, MONTH = 5 * 3600, 7 * 86_400, 30 * 86_400
_STARTED_AT = time.time()

# Whether the host is silent: its agent was stopped three days ago.
HOSTS = {"mac-mini": False, "workstation": False, "old-laptop": True}


@dataclass(frozen=True)
class PretendWindow:
    """A window that fills evenly and then resets. `passed`: how much of its length has passed when the demo starts."""

    seconds: int
    peak_percent: float
    passed: float

    def _into(self, moment: float) -> float:
        return (moment - _STARTED_AT + self.passed * self.seconds) % self.seconds

    def used(self, moment: float) -> int:
        return min(100, round(self.peak_percent * self._into(moment) / self.seconds))

    def resets_at(self, moment: float) -> int:
        return round(moment - self._into(moment) + self.seconds)


@dataclass(frozen=True)
class PretendAccount:
    """`login`: ok, none, expired, or broken (the provider answers 503)."""

    host: str
    label: str
    email: str = ""
    plan: str = "plus"
    windows: tuple[PretendWindow, ...] = ()
    provider: str = "codex"
    login: str = "ok"
    expected_email: str | None = None
    is_enabled: bool = True
    is_blocked: bool = False
    note: str = ""
    has_history: bool = True
    last_good_ago: timedelta = field(default=timedelta())

    @property
    def account_id(self) -> str:
        return f"demo-{self.host}-{self.label}"

    def rate_limits(self, moment: float) -> dict[str, Any]:
        """What codex app-server would have said at that moment."""
        slots = [
            {"usedPercent": w.used(moment), "windowDurationMins": w.seconds // 60, "resetsAt": w.resets_at(moment)}
            for w in self.windows
        ]
        primary, secondary = (*slots, None, None)[:2]
        return {"limitId": "codex", "primary": primary, "secondary": secondary, "planType": self.plan}


def _five_hours(used_now: float, passed: float) -> PretendWindow:
    return PretendWindow(FIVE_HOURS, used_now / passed, passed)


def _week(used_now: float, passed: float) -> PretendWindow:
    return PretendWindow(WEEK, used_now / passed, passed)


ACCOUNTS = (
    PretendAccount(
        "mac-mini",
        "acc_hana_example.com",
        "hana@example.com",
        windows=(_five_hours(38, 0.55), _week(21, 0.3)),
        expected_email="hana@example.com",
        note="個人用",
    ),
    PretendAccount(
        "mac-mini",
        "acc_kenji_example.com",
        "kenji@example.com",
        "pro",
        (_five_hours(9, 0.2), _week(64, 0.8)),
        expected_email="kenji@example.com",
    ),
    PretendAccount(
        "mac-mini",
        "team-docs",
        "docs@team.example",
        "team",
        (_five_hours(140, 0.7), _week(71, 0.6)),
        is_blocked=True,
        note="release week",
    ),
    PretendAccount("mac-mini", "side-project", "side@example.com", "free", (PretendWindow(MONTH, 60, 0.72),)),
    PretendAccount("workstation", "acc1", "ml@example.com", "pro", (_five_hours(83, 0.9), _week(47, 0.45))),
    PretendAccount("workstation", "acc2", "batch@example.com", "plus", (_week(100, 0.86),), note="weekly is used up"),
    PretendAccount(
        "workstation",
        "acc3",
        "old@example.com",
        login="expired",
        windows=(_five_hours(20, 0.4), _week(30, 0.5)),
        last_good_ago=timedelta(hours=26),
    ),
    PretendAccount("workstation", "acc4", expected_email="new@example.com", login="none", has_history=False),
    PretendAccount(
        "workstation",
        "acc5",
        "someone.else@example.com",
        windows=(_five_hours(5, 0.3), _week(12, 0.2)),
        expected_email="shared@example.com",
    ),
    PretendAccount(
        "workstation",
        "acc6",
        "flaky@example.com",
        login="broken",
        windows=(_five_hours(55, 0.6), _week(18, 0.4)),
        last_good_ago=timedelta(hours=3),
    ),
    PretendAccount("workstation", "acc7", "paused@example.com", is_enabled=False, has_history=False, note="休止中"),
    PretendAccount("workstation", "claude_main", provider="anthropic", has_history=False),
    PretendAccount("old-laptop", "travel", "travel@example.com", windows=(_five_hours(62, 0.5), _week(40, 0.7))),
    PretendAccount("old-laptop", "spare", expected_email="spare@example.com", login="none", has_history=False),
)
