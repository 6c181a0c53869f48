"""login in its three forms, and capture."""

import argparse
import os
from pathlib import Path

from hostagent import account_report, report
from hostagent.accounts import Account
from hostagent.app_server import DeviceCode
from hostagent.codex_answers import Identity
from hostagent.commands.capture import CaptureOptions, capture_login, plan_capture
from hostagent.commands.login import LoginOptions, login
from hostagent.commands.login_all import Dialogue, find_needed, log_in_all
from hostagent.commands.login_status import login_status
from hostagent.errors import UsageError
from hostagent.terminal.dialogue import confirm, print_json, settings, show_progress, show_reading


def run_login(options: argparse.Namespace) -> int:
    if options.status:
        return _show_status(options)
    if options.json:
        raise UsageError("--json goes with --status")
    return _log_in_all(options) if options.all else _log_in_one(options)


def run_capture(options: argparse.Namespace) -> int:
    config, accounts = settings(options, is_accounts_file_needed=False)
    wanted = CaptureOptions(
        Path(options.source), options.label, options.expected_email, options.expected_plan_type, options.in_place
    )
    capture = plan_capture(config, accounts, wanted)
    if not capture.is_in_place:
        confirm(account_report.ask_for_capture(capture), is_confirmed=options.yes)
    capture_login(config, capture)
    label, place = capture.account.label, capture.source if capture.is_in_place else capture.account.home
    print(f"{label}: the login of {capture.identity.email or 'an account without an e-mail'} is in {place}")
    print(f"Next: hostagent probe {label}")
    return os.EX_OK


def _log_in_one(options: argparse.Namespace) -> int:
    config, accounts = settings(options)
    account, identity = login(
        config,
        accounts,
        options.name,
        LoginOptions(options.method, options.accept),
        _show_code,
    )
    print(_logged_in(account, identity))
    print(f"Next: hostagent probe {account.label}")
    return os.EX_OK


def _log_in_all(options: argparse.Namespace) -> int:
    if options.accept:
        raise UsageError("--accept goes with one account, not with --all")
    config, accounts = settings(options)
    needed = find_needed(config, accounts, show_reading)
    if not needed:
        print("No account needs a login.")
        return os.EX_OK
    dialogue = Dialogue(_announce, _show_code, _finish)
    remaining = log_in_all(config, accounts, needed, options.method, dialogue)
    if remaining:
        print(f"Still without a login: {', '.join(account.label for account in remaining)}")
        print("Next: hostagent login --all")
        return os.EX_NOPERM
    print("Next: hostagent push")
    return os.EX_OK


def _show_code(code: DeviceCode) -> None:
    print(report.describe_device_code(code), flush=True)


def _announce(account: Account, later: int) -> None:
    who = account.expected_email or "any account"
    show_progress(f"{account.label}: log in as {who} ({later} left after this one)")


def _finish(account: Account, outcome: Identity | Exception) -> None:
    if isinstance(outcome, Exception):
        show_progress(f"{account.label}: {str(outcome).removeprefix(f'{account.label}: ')}")
    else:
        print(_logged_in(account, outcome), flush=True)


def _logged_in(account: Account, identity: Identity) -> str:
    return f"{account.label}: logged in as {identity.email or 'an account without an e-mail'}"


def _show_status(options: argparse.Namespace) -> int:
    _, accounts = settings(options)
    logins = login_status(accounts)
    if options.json:
        print_json({"accounts": [account_report.login_document(status) for status in logins]})
    else:
        print(account_report.describe_logins(logins))
    is_needed = any(status.enabled and status.problem for status in logins)
    return os.EX_NOPERM if is_needed else os.EX_OK
