"""What a person, or a program, reads about what waits on this host and who is read next."""

import time
from pathlib import Path
from typing import Any

from hostagent.commands.status import AccountStatus, Status
from hostagent.durations import describe_age
from hostagent.pauses import Pause
from hostagent.report import count_of
from hostagent.snapshot import next_step_after
from hostagent.tables import format_table


def describe_status(status: Status, state_dir: Path, max_width: int | None) -> str:
    lines = [
        ("agent", _agent(status)),
        ("waiting", _waiting(status)),
        ("delivered", _delivered(status)),
        ("dropped", f"{status.dropped}, told with the next delivery" if status.dropped else "none untold"),
        ("refused", _aside(status.refused, state_dir / "refused")),
        ("damaged", _aside(status.corrupt, state_dir / "corrupt")),
    ]
    text = "\n".join(f"{name:<10} {finding}" for name, finding in lines)
    if not status.accounts:
        return text
    rows = [_cells(account, status) for account in status.accounts]
    return f"{text}\n\n{format_table(('LABEL', 'NOTE', 'NEXT PROBE', 'LOGIN'), rows, max_width)}"


def status_document(status: Status) -> dict[str, Any]:
    return {
        "running": status.is_running,
        "timer_round_age_sec": _whole(status.timer_round_age),
        "waiting": status.waiting,
        "oldest_waiting_age_sec": _whole(status.oldest_waiting_age),
        "last_delivery_age_sec": _whole(status.last_delivery_age),
        "last_snapshot_age_sec": _whole(status.last_snapshot_age),
        "dropped": status.dropped,
        "refused": status.refused,
        "corrupt": status.corrupt,
        "accounts": [_account_document(account) for account in status.accounts],
    }


def _account_document(status: AccountStatus) -> dict[str, Any]:
    pause = status.pause
    return {
        "label": status.account.label,
        "enabled": status.account.enabled,
        "next_probe_in_sec": _whole(status.next_probe_in),
        "dead_login": _dead_login_document(pause, status.account.label) if pause and pause.is_dead_login else None,
        "left_alone_for_sec": max(0, -_age(pause.ends_at)) if pause and not pause.is_dead_login else None,
    }


def _dead_login_document(pause: Pause, label: str) -> dict[str, Any]:
    return {"code": pause.code, "age_sec": _age(pause.since), "next_step": next_step_after(pause.code or "", label)}


def _cells(account: AccountStatus, status: Status) -> tuple[str, ...]:
    return account.account.label, account.account.note, _next_probe(account, status), _login(account)


def _next_probe(account: AccountStatus, status: Status) -> str:
    if not account.account.enabled:
        return "never: disabled"
    if status.is_manual:
        return "when somebody asks"
    if account.next_probe_in is None:
        return "not known" if status.is_running else "with the next run or push"
    when = f"in {describe_age(account.next_probe_in)}" if account.next_probe_in else "now"
    is_asked_for = account.pause is not None and not account.pause.is_dead_login
    return f"{when} (the provider asks for a pause)" if is_asked_for else when


def _login(account: AccountStatus) -> str:
    pause = account.pause
    if pause is None or not pause.is_dead_login:
        return ""
    step = next_step_after(pause.code or "", account.account.label)
    return f"dead for {describe_age(_age(pause.since))}; next: {step}"


def _agent(status: Status) -> str:
    if status.is_running:
        return "hostagent run is at work"
    if status.timer_round_age is not None:
        return f"rounds of hostagent run --once; the last ended {describe_age(status.timer_round_age)} ago"
    return "hostagent run is not at work; type: hostagent install-service"


def _waiting(status: Status) -> str:
    oldest = "" if status.oldest_waiting_age is None else f", the oldest for {describe_age(status.oldest_waiting_age)}"
    return f"{count_of(status.waiting, 'snapshot')}{oldest}"


def _delivered(status: Status) -> str:
    if status.last_delivery_age is not None:
        return f"{describe_age(status.last_delivery_age)} ago"
    return "not since the oldest began to wait" if status.waiting else "never yet"


def _aside(number: int, folder: Path) -> str:
    return f"{number}, kept in {folder}" if number else "none"


def _age(moment: float) -> int:
    return round(time.time() - moment)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
