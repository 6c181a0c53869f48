"""How a script of this folder tells what it does, and what came of it."""

import json
import sys
from typing import Any, NoReturn


def say(text: str) -> None:
    """Progress, for a person."""
    print(text, file=sys.stderr, flush=True)


def finish(verdict: dict[str, Any]) -> NoReturn:
    """One JSON line; exit status 1 when the goal was missed."""
    print(json.dumps(verdict), flush=True)
    sys.exit(0 if verdict["ok"] else 1)
