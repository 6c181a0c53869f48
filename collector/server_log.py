"""Gunicorn's own words, in the form of ours."""

import re
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from collector import logs


class ServerLog(Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        logs.direct(self.error_log)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Without what it quotes of a request that it cannot read: anything may stand in there."""
        super().warning(re.sub("'.*'", "...", msg, flags=re.DOTALL), *args, **kwargs)
