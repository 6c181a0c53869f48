"""The commands and their options. Each has an example; what it does is in hostagent.terminal."""

import argparse
import os
import sys
from typing import Any, NoReturn

from hostagent.redact import redact

_EXIT_STATUSES = """\
exit status:
  0   done (push and run: what was seen is delivered, failed probes too)
  64  wrong usage
  65  the collector refused a snapshot for good
  69  the collector is away; what was seen waits for it
  71  systemd or launchd did not do what it was told
  74  a file cannot be read or written, as on a full disk
  75  the probe failed, or it was stopped: try again
  77  a login is needed
  78  a file of this host has to be mended"""


class Parser(argparse.ArgumentParser):
    """Wrong usage ends with 64, as sysexits has it. Options are not shortened: `--token` is no `--token-file`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"hostagent: {redact(message)}\n")


def make_parser() -> argparse.ArgumentParser:
    """What it parses has the verb in `command`."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="settings (else $HOSTAGENT_CONFIG, ./hostagent.yaml, ~/.config/codex-status-fleet/hostagent.yaml)",
    )
    parser = Parser(
        prog="hostagent",
        description="Reads the rate limits of this host's accounts and pushes them to a collector.",
        epilog=_EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    verbs = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True, parser_class=Parser
    )
    for add_verbs in (_add_beginning, _add_logins, _add_changes, _add_readings, _add_service, _add_looks):
        add_verbs(_Verbs(verbs, shared))
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: the look-up costs more than the rest of the start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version

        print(f"hostagent {version('codex-status-fleet')}")
        parser.exit(os.EX_OK)


class _Verbs:
    """Adds sub-parsers that all look alike."""

    def __init__(self, verbs: Any, shared: argparse.ArgumentParser) -> None:
        self._verbs = verbs
        self._shared = shared

    def add(self, name: str, summary: str, *examples: str) -> Any:
        return self._verbs.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog="\n  ".join(["example:", *examples]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[self._shared],
        )


def _add_beginning(verbs: _Verbs) -> None:
    init = verbs.add(
        "init",
        "write hostagent.yaml for this host of a collector",
        "hostagent init --collector https://fleet.example.com",
        "hostagent init --collector https://fleet.example.com --token-file /run/secrets/fleet-token",
    )
    init.add_argument("--collector", metavar="URL", required=True, help="where the collector answers")
    init.add_argument("--host", metavar="NAME", help="refuse a token that is not this host's")
    init.add_argument("--token-file", metavar="FILE", help="the token stays in there (else standard input, or asked)")
    init.add_argument("--ca-file", metavar="FILE", help="the certificate of an own CA")
    init.add_argument("--insecure", action="store_true", help="allow http:// to another machine")
    init.add_argument("--force", action="store_true", help="write hostagent.yaml anew where there is one")

    add = verbs.add(
        "add",
        "name accounts by their e-mails, or by pasted /status boxes",
        "hostagent add you@example.com --plan plus",
        "hostagent add --from accounts.txt",
        "pbpaste | hostagent add --from -",
    )
    add.add_argument("emails", metavar="EMAIL", nargs="*")
    add.add_argument("--from", metavar="FILE", dest="file", help="e-mails or /status boxes (- for standard input)")
    add.add_argument("--plan", metavar="PLAN", help="the plan that is expected, like plus or pro")
    add.add_argument("--label", help="of a single account (default: acc_ and the e-mail)")
    add.add_argument("--ignore-canceled", action="store_true", help="enable also what stands under 解約済み")
    _add_json(add)

    key = verbs.add(
        "add-key",
        "take in Claude API keys from standard input, or asked without showing them",
        "hostagent add-key",
        "hostagent add-key claude_main < key.txt",
    )
    key.add_argument("label", metavar="LABEL", nargs="?", help="of a single key (default: made of its SHA-256)")
    _add_json(key)


def _add_logins(verbs: _Verbs) -> None:
    login = verbs.add(
        "login",
        "log an account in, or renew its login",
        "hostagent login acc1",
        "hostagent login --all",
        "hostagent login --status",
    )
    which = login.add_mutually_exclusive_group(required=True)
    which.add_argument("name", metavar="LABEL|EMAIL", nargs="?")
    which.add_argument("--all", action="store_true", help="every account that needs it, one after the other")
    which.add_argument("--status", action="store_true", help="whose login is where, by the local files alone")
    way = login.add_mutually_exclusive_group()
    way.add_argument("--device-auth", action="store_const", const="device", dest="method", help="by a code (default)")
    way.add_argument(
        "--browser", action="store_const", const="browser", dest="method", help="in a browser on this host"
    )
    login.add_argument("--accept", action="store_true", help="take the login even if it is another account's")
    _add_json(login, "print --status as one JSON document")

    capture = verbs.add(
        "capture",
        "take over a login that codex has elsewhere, by moving it",
        "hostagent capture",
        "hostagent capture acc1 --from ~/.codex --expected-email you@example.com",
    )
    capture.add_argument("label", metavar="LABEL", nargs="?", help="default: the account with its e-mail, or a new one")
    capture.add_argument("--from", metavar="FOLDER", dest="source", default="~/.codex", help="default: ~/.codex")
    capture.add_argument("--expected-email", metavar="EMAIL", help="refuse the login of anybody else")
    capture.add_argument("--expected-plan-type", metavar="PLAN", help="refuse a login with another plan")
    capture.add_argument("--in-place", action="store_true", help="leave it there, and read it there")
    capture.add_argument("--yes", action="store_true", help="move without asking")


def _add_changes(verbs: _Verbs) -> None:
    remove = verbs.add("remove", "take an account out of accounts.json", "hostagent remove acc1")
    remove.add_argument("label", metavar="LABEL")
    remove.add_argument("--delete-login", action="store_true", help="delete its login or key file too")
    remove.add_argument("--yes", action="store_true", help="delete without asking")
    enable = verbs.add("enable", "read these accounts again", "hostagent enable acc1 acc2")
    enable.add_argument("labels", metavar="LABEL", nargs="+")
    disable = verbs.add("disable", "read these accounts no longer, but keep them", "hostagent disable acc1 acc2")
    disable.add_argument("labels", metavar="LABEL", nargs="+")
    note = verbs.add("note", "write a note that the page shows with the account", 'hostagent note acc1 "until March"')
    note.add_argument("label", metavar="LABEL")
    note.add_argument("text", metavar="TEXT", help="an empty one takes the note away")


def _add_readings(verbs: _Verbs) -> None:
    probe = verbs.add("probe", "read one account now and print it", "hostagent probe acc1 --json")
    probe.add_argument("label", metavar="LABEL")
    _add_json(probe, "print the snapshot as one JSON document")
    push = verbs.add("push", "read accounts now and push them to the collector", "hostagent push")
    push.add_argument("labels", metavar="LABEL", nargs="*", help="only these accounts (default: all enabled ones)")
    _add_json(push, "print what was seen and delivered as one JSON document")
    run = verbs.add("run", "stay, and keep the collector up to date", "hostagent run")
    run.add_argument("--once", action="store_true", help="read what is due, deliver it, and end: for timers")
    register = verbs.add("register", "tell the collector which accounts there are, and read none", "hostagent register")
    register.add_argument("--allow-empty", action="store_true", help="also when there is none: it forgets them all")
    _add_json(register)


def _add_service(verbs: _Verbs) -> None:
    install = verbs.add(
        "install-service",
        "have systemd or launchd keep the agent running",
        "hostagent install-service",
        "hostagent install-service --timer --print",
        "sudo hostagent install-service --config /srv/fleet/hostagent.yaml",
    )
    kind = install.add_mutually_exclusive_group()
    kind.add_argument("--daemon", action="store_false", dest="is_timer", help="`hostagent run` all the time (default)")
    kind.add_argument(
        "--timer",
        action="store_true",
        dest="is_timer",
        help="`hostagent run --once` each poll_interval_sec; a wish waits for the next round",
    )
    _add_scope(install)
    install.add_argument("--print", action="store_true", help="show the files and install nothing")
    install.add_argument(
        "--for",
        choices=("systemd", "launchd"),
        dest="keeper",
        help="with --print: the files for a machine of another kind",
    )
    install.set_defaults(is_timer=False)
    _add_scope(verbs.add("uninstall-service", "end that service and remove it", "hostagent uninstall-service"))
    logs = verbs.add("logs", "show what the agent said last", "hostagent logs -f", "hostagent logs --lines 200")
    logs.add_argument("-f", "--follow", action="store_true", help="and what it says from now on")
    logs.add_argument("-n", "--lines", metavar="N", type=_count, default=50, help="default: 50")


def _add_scope(verb: argparse.ArgumentParser) -> None:
    scope = verb.add_mutually_exclusive_group()
    scope.add_argument(
        "--user", action="store_false", dest="is_system", help="of this user (default, but for root): no root needed"
    )
    scope.add_argument(
        "--system", action="store_true", dest="is_system", help="of the system, as the user whose files they are"
    )
    verb.set_defaults(is_system=None)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}")
    return int(text)


def _add_looks(verbs: _Verbs) -> None:
    _add_json(verbs.add("accounts", "show the accounts of this host", "hostagent accounts --json"))
    _add_json(verbs.add("status", "show what waits, who is read next, and which logins are dead", "hostagent status"))
    _add_json(verbs.add("doctor", "check everything that has to be right on this host", "hostagent doctor"))


def _add_json(verb: argparse.ArgumentParser, summary: str = "print the answer as one JSON document") -> None:
    verb.add_argument("--json", action="store_true", help=summary)
