"""Which function answers to which verb. It is imported when the verb was typed: some bring along what takes long."""

import argparse
from collections.abc import Callable, Mapping
from importlib import import_module

VERBS: Mapping[str, str] = {
    "init": "joining",
    "register": "joining",
    "add": "keeping",
    "add-key": "keeping",
    "accounts": "keeping",
    "remove": "keeping",
    "enable": "keeping",
    "disable": "keeping",
    "note": "keeping",
    "login": "logins",
    "capture": "logins",
    "probe": "reading",
    "push": "reading",
    "run": "reading",
    "status": "reading",
    "doctor": "reading",
    "install-service": "services",
    "uninstall-service": "services",
    "logs": "services",
}


def function_of(verb: str) -> Callable[[argparse.Namespace], int]:
    """`run_add_key` of its module for `add-key`; it returns the exit status."""
    module = import_module(f"hostagent.terminal.{VERBS[verb]}")
    function: Callable[[argparse.Namespace], int] = getattr(module, f"run_{verb.replace('-', '_')}")
    return function
