"""What a person, or a program, reads about accounts: tables, outcomes, questions."""

from collections.abc import Sequence
from typing import Any

from hostagent.accounts import Account
from hostagent.commands.accounts import AccountLine
from hostagent.commands.add import Outcome
from hostagent.commands.capture import Capture
from hostagent.commands.login_status import LoginStatus
from hostagent.commands.remove import Removal
from hostagent.durations import describe_age
from hostagent.tables import format_table


def describe_accounts(lines: Sequence[AccountLine], max_width: int | None) -> str:
    """A table; homes are shown only where they are not accounts/<label>/.codex."""
    if not lines:
        return "No account yet. Next: hostagent add you@example.com"
    headings = ["LABEL", "PROVIDER", "ENABLED", "LOGIN", "E-MAIL", "PLAN", "NOTE"]
    rows = [_account_cells(line) for line in lines]
    homes = [_home_elsewhere(line.account) for line in lines]
    if any(homes):
        headings.append("HOME")
        rows = [[*row, home] for row, home in zip(rows, homes, strict=True)]
    return format_table(headings, rows, max_width)


def account_document(line: AccountLine) -> dict[str, Any]:
    account = line.account
    return {
        "label": account.label,
        "provider": account.provider,
        "enabled": account.enabled,
        "email": line.email,
        "expected_email": account.expected_email,
        "plan_type": line.plan_type,
        "expected_plan_type": account.expected_plan_type,
        "login_age_sec": None if line.login_age_seconds is None else round(line.login_age_seconds),
        "home": str(account.home) if account.provider == "codex" else None,
        "note": account.note,
    }


def describe_logins(logins: Sequence[LoginStatus]) -> str:
    headings = ("LABEL", "E-MAIL", "EXPECTED", "LOGIN")
    rows = [(login.label, login.email or "", login.expected_email or "", _need(login)) for login in logins]
    return format_table(headings, rows) if rows else "No Codex account. Next: hostagent add you@example.com"


def login_document(login: LoginStatus) -> dict[str, Any]:
    return {
        "label": login.label,
        "enabled": login.enabled,
        "email": login.email,
        "expected_email": login.expected_email,
        "needs_login": login.problem is not None,
        "problem": login.problem,
    }


def describe_outcomes(outcomes: Sequence[Outcome]) -> str:
    return format_table(
        ("LABEL", "E-MAIL", "RESULT"),
        [(o.label, o.email, o.result if o.enabled else f"{o.result}, disabled") for o in outcomes],
    )


def step_after_adding(outcomes: Sequence[Outcome]) -> str:
    """A login for what has an e-mail; a key needs none."""
    is_login_needed = any(outcome.email and outcome.enabled for outcome in outcomes)
    return "hostagent login --all" if is_login_needed else "hostagent push"


def describe_removal(removal: Removal) -> str:
    lines = [f"{removal.label}: no longer in accounts.json"]
    if removal.is_login_deleted:
        lines.append("Its login file is deleted; the provider still knows the login until it ends there.")
    if removal.kept:
        lines.append(f"Its files stay in {removal.kept}")
    return "\n".join(lines)


def ask_for_capture(capture: Capture) -> str:
    who = capture.identity.email or "an account without an e-mail"
    return (
        f"Move the login of {who} from {capture.source} to {capture.account.home} ({capture.account.label})?"
        f" codex in {capture.source} is then logged out; end every codex that uses it first."
    )


def _account_cells(line: AccountLine) -> list[str]:
    account = line.account
    return [
        account.label,
        account.provider,
        "yes" if account.enabled else "no",
        "none" if line.login_age_seconds is None else f"{describe_age(line.login_age_seconds)} ago",
        _found_or_expected(line.email, account.expected_email),
        _found_or_expected(line.plan_type, account.expected_plan_type),
        account.note,
    ]


def _home_elsewhere(account: Account) -> str:
    return "" if account.home == account.folder / ".codex" else str(account.home)


def _found_or_expected(found: str | None, expected: str | None) -> str:
    """Both where they do not agree. Without a login only the expected is known, and LOGIN says that there is none."""
    if found and expected and found.casefold() != expected.strip().casefold():
        return f"{found} (expected {expected})"
    return found or expected or ""


def _need(login: LoginStatus) -> str:
    if login.problem is None:
        return "ok"
    return f"needed: {login.problem}" if login.enabled else f"{login.problem} (disabled)"
