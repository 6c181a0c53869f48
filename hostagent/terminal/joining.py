"""init, register."""

import argparse
import os
from pathlib import Path

from hostagent import report
from hostagent.commands.init import Joining, init, refuse_existing
from hostagent.commands.register import register
from hostagent.terminal.dialogue import ask_hidden, print_json, read_text, settings, tell


def run_init(options: argparse.Namespace) -> int:
    path = Path(getattr(options, "config", None) or "hostagent.yaml").expanduser().absolute()
    token_file = Path(options.token_file).expanduser().absolute() if options.token_file else None
    ca_file = Path(options.ca_file).expanduser().absolute() if options.ca_file else None
    joining = Joining(options.collector, options.host, token_file, ca_file, options.insecure)
    if not options.force:
        refuse_existing(path)
    token = read_text(token_file) if token_file else ask_hidden("Token of this host (it is not shown): ")
    config, notices = init(path, joining, token.strip())
    for notice in notices:
        tell(notice)
    print(f"{config.path}: written; this is the host {config.host} of {config.collector_url}")
    print("Next: hostagent add you@example.com")
    return os.EX_OK


def run_register(options: argparse.Namespace) -> int:
    config, accounts = settings(options)
    count = register(config, accounts, is_empty_allowed=options.allow_empty)
    if options.json:
        print_json({"registered": count, "collector_url": config.collector_url})
    else:
        print(f"{report.count_of(count, 'account')} registered with {config.collector_url}")
    return os.EX_OK
