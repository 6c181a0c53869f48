"""What a person reads on the terminal."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hostagent.app_server import DeviceCode
from hostagent.durations import describe_minutes
from hostagent.snapshot import Snapshot

if TYPE_CHECKING:
    # They bring HTTP along, which most of what is shown here does without.
    from hostagent.commands.doctor import Check
    from hostagent.delivery import Delivery


def describe_snapshot(snapshot: Snapshot) -> str:
    """Several lines: who it is, each window with what is left and when it resets, or what is wrong and what to do."""
    normalized = snapshot.parsed["normalized"]
    known = [normalized.get("provider"), normalized.get("rate_planType"), normalized.get("account_email")]
    lines = ["  ".join([snapshot.account_label, *(word for word in known if word)])]
    if snapshot.error is not None:
        lines.append(f"  {snapshot.error.message} ({snapshot.error.code})")
        if snapshot.next_step:
            lines.append(f"  next: {snapshot.next_step}")
        return "\n".join(lines)
    if normalized.get("expected_email_match") is False:
        lines.append(f"  wrong account: expected {normalized['expected_email']}")
    if normalized.get("blocked"):
        lines.append(f"  blocked by the provider: {normalized['blocked']['reason']}")
    windows = normalized.get("windows") or {}
    lines += [f"  {_describe_window(name, window)}" for name, window in windows.items()] or ["  no rate windows"]
    return "\n".join(lines)


def summarize_snapshot(snapshot: Snapshot) -> str:
    """One line of a round over several accounts."""
    if snapshot.error is not None:
        step = f"; next: {snapshot.next_step}" if snapshot.next_step else ""
        return f"{snapshot.account_label}: {snapshot.error.message}{step}"
    windows = snapshot.parsed["normalized"].get("windows") or {}
    left = ", ".join(f"{name} {_percent(window.get('leftPercent'))} left" for name, window in windows.items())
    return f"{snapshot.account_label}: {left or 'no rate windows'}"


def describe_delivery(delivery: "Delivery", collector_url: str) -> str:
    lines = [f"{count_of(delivery.delivered, 'snapshot')} delivered to {collector_url}"]
    lines += [f"{label}: the collector refused it ({code})" for label, code in delivery.refused]
    return "\n".join(lines)


def describe_device_code(code: DeviceCode) -> str:
    return f"Open {code.verification_url} and type the code {code.user_code} (good for 15 minutes)."


def describe_check(check: "Check") -> str:
    step = f"; next: {check.next_step}" if check.next_step else ""
    return f"{check.verdict:<5} {check.subject:<12} {check.finding}{step}"


def _describe_window(name: str, window: Mapping[str, Any]) -> str:
    left, used = _percent(window.get("leftPercent")), _percent(window.get("usedPercent"))
    return f"{name:<8} {left:>5} left  {used:>5} used  {_describe_reset(window.get('resetsAt'))}".rstrip()


def _describe_reset(resets_at: float | None) -> str:
    """Relative and absolute, in this machine's zone; nothing when the window tells no reset."""
    if resets_at is None:
        return ""
    try:
        moment = datetime.fromtimestamp(resets_at, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    minutes = round((moment - datetime.now(UTC)).total_seconds() / 60)
    if minutes < 0:
        return f"reset was due {moment:%Y-%m-%d %H:%M}"
    return f"resets in {describe_minutes(minutes)} ({moment:%Y-%m-%d %H:%M})"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:g} %"


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
