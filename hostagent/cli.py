"""The command line: one sub-parser a verb. Errors become sentences and exit statuses here, and nowhere else.

A verb's modules are imported when it is typed, so that `--help` need not wait for all of them.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from hostagent.errors import HostAgentError

if TYPE_CHECKING:
    from hostagent.accounts import AccountsFile
    from hostagent.config import Config

_EXIT_STATUSES = """\
exit status:
  0   done          64  wrong usage       69  collector away
  75  probe failed  77  login needed      78  a file of this host has to be mended"""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its status (sysexits)."""
    logging.basicConfig(format="hostagent: %(message)s", level=logging.WARNING)
    options = _parser().parse_args(arguments)
    try:
        status = options.run(options)
        sys.stdout.flush()
    except HostAgentError as error:
        print(f"hostagent: {error}", file=sys.stderr)
        status = error.exit_status
    except BrokenPipeError:
        # Somebody closed the pipe we print into, like `hostagent push | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = os.EX_OK
    sys.exit(status)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"hostagent: {message}\n")


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="settings (else $HOSTAGENT_CONFIG, ./hostagent.yaml, ~/.config/codex-status-fleet/hostagent.yaml)",
    )
    parser = _Parser(
        prog="hostagent",
        description="Reads the rate limits of this host's accounts and pushes them to a collector.",
        epilog=_EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)

    probe = _add_verb(verbs, shared, "probe", "read one account now and print it", "hostagent probe acc1 --json")
    probe.add_argument("label", metavar="LABEL")
    probe.add_argument("--json", action="store_true", help="print the snapshot as one JSON document")
    probe.set_defaults(run=_probe)

    push = _add_verb(verbs, shared, "push", "read accounts now and push them to the collector", "hostagent push")
    push.add_argument("labels", metavar="LABEL", nargs="*", help="only these accounts (default: all enabled ones)")
    push.add_argument("--json", action="store_true", help="print what was seen and delivered as one JSON document")
    push.set_defaults(run=_push)

    run = _add_verb(verbs, shared, "run", "stay, and keep the collector up to date", "hostagent run")
    run.add_argument("--once", action="store_true", help="read what is due, deliver it, and end: for timers")
    run.set_defaults(run=_run)

    login = _add_verb(verbs, shared, "login", "log an account in, or renew its login", "hostagent login acc1")
    login.add_argument("name", metavar="LABEL|EMAIL")
    way = login.add_mutually_exclusive_group()
    way.add_argument("--device-auth", action="store_const", const="device", dest="method", help="by a code (default)")
    way.add_argument(
        "--browser", action="store_const", const="browser", dest="method", help="in a browser on this host"
    )
    login.add_argument("--accept", action="store_true", help="take the login even if it is another account's")
    login.set_defaults(run=_login)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: the look-up costs more than the rest of the start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version

        print(f"hostagent {version('codex-status-fleet')}")
        parser.exit(os.EX_OK)


def _add_verb(verbs: Any, shared: argparse.ArgumentParser, name: str, summary: str, example: str) -> Any:
    return verbs.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )


def _settings(options: argparse.Namespace) -> tuple["Config", "AccountsFile"]:
    from hostagent.config import find_config, read_config

    config, accounts = read_config(find_config(getattr(options, "config", None), os.environ))
    for notice in accounts.notices:
        print(f"hostagent: {notice}", file=sys.stderr)
    return config, accounts


def _probe(options: argparse.Namespace) -> int:
    from hostagent.commands.probe import probe
    from hostagent.report import describe_snapshot
    from hostagent.wire import snapshot_item

    config, accounts = _settings(options)
    snapshot = probe(config, accounts, options.label)
    print(_to_json(snapshot_item(snapshot)) if options.json else describe_snapshot(snapshot))
    return snapshot.exit_status


def _push(options: argparse.Namespace) -> int:
    from hostagent.commands.push import push
    from hostagent.report import describe_delivery, summarize_snapshot
    from hostagent.wire import snapshot_item

    config, accounts = _settings(options)
    result = push(
        config, accounts, options.labels, lambda snapshot: print(summarize_snapshot(snapshot), file=sys.stderr)
    )
    delivery = result.delivery
    if options.json:
        items = [snapshot_item(snapshot) for snapshot in result.snapshots]
        refused = [{"account_label": label, "code": code} for label, code in delivery.refused]
        print(_to_json({"delivered": delivery.delivered, "refused": refused, "snapshots": items}))
    else:
        print(describe_delivery(delivery, config.collector_url))
    return os.EX_DATAERR if delivery.refused else os.EX_OK


def _run(options: argparse.Namespace) -> int:
    from hostagent.commands.run import run
    from hostagent.commands.run_once import run_once
    from hostagent.report import summarize_snapshot

    logging.getLogger("hostagent").setLevel(logging.INFO)
    config, accounts = _settings(options)
    logger = logging.getLogger("hostagent.run")
    logger.info(
        "%d accounts, every %d s, to %s", len(accounts.accounts), config.poll_interval_sec, config.collector_url
    )
    work = run_once if options.once else run
    work(config, accounts, lambda snapshot: logger.info("%s", summarize_snapshot(snapshot)))
    logger.info("done" if options.once else "stopped")
    return os.EX_OK


def _login(options: argparse.Namespace) -> int:
    from hostagent.commands.login import LoginOptions, login
    from hostagent.report import describe_device_code

    config, accounts = _settings(options)
    account, identity = login(
        config,
        accounts,
        options.name,
        LoginOptions(options.method, options.accept),
        lambda code: print(describe_device_code(code), flush=True),
    )
    print(f"{account.label}: logged in as {identity.email or 'an account without an e-mail'}")
    print(f"Next: hostagent probe {account.label}")
    return os.EX_OK


def _to_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
