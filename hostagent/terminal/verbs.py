"""Which function answers to which verb."""

import argparse
from collections.abc import Callable, Mapping

from hostagent.terminal import keeping, logins, reading

VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "init": keeping.run_init,
    "add": keeping.run_add,
    "add-key": keeping.run_add_key,
    "login": logins.run_login,
    "capture": logins.run_capture,
    "remove": keeping.run_remove,
    "enable": keeping.run_enable,
    "disable": keeping.run_disable,
    "note": keeping.run_note,
    "probe": reading.run_probe,
    "push": reading.run_push,
    "run": reading.run_run,
    "register": reading.run_register,
    "accounts": keeping.run_accounts,
    "status": reading.run_status,
    "doctor": reading.run_doctor,
}
