"""add, add-key, accounts, remove, enable, disable, note."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hostagent import account_report as report
from hostagent.commands.accounts import list_accounts
from hostagent.commands.add import Outcome, add
from hostagent.commands.add_key import add_keys, find_keys
from hostagent.commands.change import set_enabled, set_note
from hostagent.commands.remove import refuse_foreign_login, remove
from hostagent.errors import UsageError
from hostagent.memos import Memo, is_email, parse_memos
from hostagent.terminal.dialogue import ask_hidden, confirm, print_json, read_text, settings, tell, terminal_width


def run_add(options: argparse.Namespace) -> int:
    memos = [
        dataclasses.replace(
            memo,
            plan_type=options.plan or memo.plan_type,
            is_canceled=memo.is_canceled and not options.ignore_canceled,
        )
        for memo in _memos_of(options)
    ]
    config, _ = settings(options, is_accounts_file_needed=False)
    _show_outcomes(add(config, memos, options.label), options)
    return os.EX_OK


def run_add_key(options: argparse.Namespace) -> int:
    config, _ = settings(options, is_accounts_file_needed=False)
    keys = find_keys(ask_hidden("API key (it is not shown): "))
    _show_outcomes(add_keys(config, keys, options.label), options)
    return os.EX_OK


def run_accounts(options: argparse.Namespace) -> int:
    _, accounts = settings(options)
    lines = list_accounts(accounts)
    if options.json:
        print_json({"accounts": [report.account_document(line) for line in lines]})
    else:
        print(report.describe_accounts(lines, terminal_width()))
    return os.EX_OK


def run_remove(options: argparse.Namespace) -> int:
    config, accounts = settings(options)
    account = accounts.find(options.label)
    if options.delete_login:
        refuse_foreign_login(config, accounts, account)
        confirm(f"Delete {account.login_file}? Nobody can bring it back.", is_confirmed=options.yes)
    print(report.describe_removal(remove(config, account, is_login_deleted=options.delete_login)))
    return os.EX_OK


def run_enable(options: argparse.Namespace) -> int:
    return _switch(options, is_enabled=True)


def run_disable(options: argparse.Namespace) -> int:
    return _switch(options, is_enabled=False)


def run_note(options: argparse.Namespace) -> int:
    config, accounts = settings(options)
    label = set_note(config, accounts, options.label, options.text)
    print(f"{label}: noted" if options.text else f"{label}: the note is gone")
    return os.EX_OK


def _switch(options: argparse.Namespace, *, is_enabled: bool) -> int:
    config, accounts = settings(options)
    word = "enabled" if is_enabled else "disabled"
    for label, is_change in set_enabled(config, accounts, options.labels, is_enabled=is_enabled):
        print(f"{label}: {word}" if is_change else f"{label}: was {word} already")
    return os.EX_OK


def _memos_of(options: argparse.Namespace) -> Sequence[Memo]:
    wrong = [text for text in options.emails if not is_email(text)]
    if wrong:
        raise UsageError(f"no e-mail: {', '.join(wrong)}")
    if not options.emails and not options.file:
        raise UsageError("name an e-mail, or a file with --from FILE (- for standard input)")
    pasted = _read_pasted(options.file) if options.file else ""
    memos, passed_over = parse_memos("\n".join([pasted, *options.emails]))
    if passed_over:
        tell(f"no account can be made out in line {', '.join(map(str, passed_over))}; passed over")
    if not memos:
        raise UsageError("no e-mail found")
    return memos


def _read_pasted(name: str) -> str:
    return sys.stdin.read() if name == "-" else read_text(Path(name))


def _show_outcomes(outcomes: Sequence[Outcome], options: argparse.Namespace) -> None:
    if options.json:
        print_json({"accounts": [dataclasses.asdict(outcome) for outcome in outcomes]})
        return
    print(report.describe_outcomes(outcomes))
    print(f"Next: {report.step_after_adding(outcomes)}")
