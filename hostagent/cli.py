"""The command line's two ends: options in, and errors out as sentences and exit statuses. Here and nowhere else."""

import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from hostagent.errors import HostAgentError
from hostagent.parser import make_parser
from hostagent.redact import redact
from hostagent.terminal.verbs import function_of

# 128 and the number of SIGINT, as shells have it.
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its status (sysexits)."""
    logging.basicConfig(format="hostagent: %(message)s", level=logging.WARNING)
    options = make_parser().parse_args(arguments)
    try:
        status = function_of(options.command)(options)
        sys.stdout.flush()
    except HostAgentError as error:
        print(f"hostagent: {redact(str(error))}", file=sys.stderr)
        status = error.exit_status
    except BrokenPipeError:
        # Somebody closed the pipe we print into, like `hostagent push | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = os.EX_OK
    except OSError as error:
        print(f"hostagent: {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
        status = os.EX_IOERR
    except KeyboardInterrupt:
        status = _INTERRUPTED
    sys.exit(status)
