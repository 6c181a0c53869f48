"""probe, push, run, status, doctor."""

import argparse
import dataclasses
import logging
import os

from hostagent import report
from hostagent.commands.doctor import Check, doctor
from hostagent.commands.probe import probe
from hostagent.commands.push import push
from hostagent.commands.run import run
from hostagent.commands.run_once import run_once
from hostagent.commands.status import status
from hostagent.delivery import Delivery
from hostagent.errors import ConfigError
from hostagent.snapshot import Snapshot
from hostagent.status_report import describe_status, status_document
from hostagent.terminal.dialogue import print_json, settings, show_reading, terminal_width
from hostagent.wire import snapshot_item


def run_probe(options: argparse.Namespace) -> int:
    config, accounts = settings(options)
    snapshot = probe(config, accounts, options.label)
    if options.json:
        print_json(snapshot_item(snapshot))
    else:
        print(report.describe_snapshot(snapshot))
    return snapshot.exit_status


def run_push(options: argparse.Namespace) -> int:
    config, accounts = settings(options)
    result = push(config, accounts, options.labels, show_reading)
    delivery = result.delivery
    if options.json:
        items = [snapshot_item(snapshot) for snapshot in result.snapshots]
        refused = [{"account_label": label, "code": code} for label, code in delivery.refused]
        print_json({"delivered": delivery.delivered, "refused": refused, "snapshots": items})
    else:
        print(report.describe_delivery(delivery, config.collector_url))
    return _status_of(delivery)


def _status_of(delivery: Delivery) -> int:
    return os.EX_DATAERR if delivery.refused else os.EX_OK


def run_run(options: argparse.Namespace) -> int:
    logging.getLogger("hostagent").setLevel(logging.INFO)
    config, accounts = settings(options)
    logger = logging.getLogger("hostagent.run")

    def show(snapshot: Snapshot, *_place: int) -> None:
        logger.info("%s", report.summarize_snapshot(snapshot))

    logger.info(
        "%d accounts, every %d s, to %s", len(accounts.accounts), config.poll_interval_sec, config.collector_url
    )
    if not options.once:
        run(config, accounts, show)
        logger.info("stopped")
        return os.EX_OK
    delivery = run_once(config, accounts, show).delivery
    for line in report.describe_delivery(delivery, config.collector_url).splitlines():
        logger.info("%s", line)
    return _status_of(delivery)


def run_status(options: argparse.Namespace) -> int:
    config, accounts = settings(options, is_accounts_file_needed=False)
    found = status(config, accounts)
    if options.json:
        print_json(status_document(found))
    else:
        print(describe_status(found, config.state_dir, terminal_width()))
    return os.EX_OK


def run_doctor(options: argparse.Namespace) -> int:
    """Also where the settings are broken: that is then what it says."""
    checks: list[Check] = []
    try:
        config, accounts = settings(options, is_accounts_file_needed=False)
        for check in doctor(config, accounts, os.environ):
            checks.append(check)
            _show_check(check, options)
    except ConfigError as error:
        for fault in error.faults:
            checks.append(Check("settings", "fail", fault))
            _show_check(checks[-1], options)
    if options.json:
        print_json({"checks": [dataclasses.asdict(check) for check in checks]})
    return os.EX_CONFIG if any(check.verdict == "fail" for check in checks) else os.EX_OK


def _show_check(check: Check, options: argparse.Namespace) -> None:
    if not options.json:
        print(report.describe_check(check), flush=True)
