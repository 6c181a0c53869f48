"""How long to leave a collector alone that gave no usable answer."""

import math
import random
import time

_LONGEST_SECONDS = 300.0
_LONGEST_ASKED_SECONDS = 600.0
# What a person has to mend is not mended by trying faster.
_MENDING_SECONDS = 900.0


class Backoff:
    """Full jitter, doubling up to 5 minutes; longer when the collector asks for it, up to 10."""

    def __init__(self) -> None:
        self._failures = 0
        self.over_at = -math.inf  # monotonic seconds

    def succeed(self) -> None:
        self._failures, self.over_at = 0, -math.inf

    def fail(self, retry_after_seconds: float | None = None) -> float:
        """When to try again, in monotonic seconds."""
        self._failures += 1
        longest = min(_LONGEST_SECONDS, 2.0 ** min(self._failures, 10))
        asked = min(retry_after_seconds or 0.0, _LONGEST_ASKED_SECONDS)
        return self._wait(max(asked, random.uniform(0.5, longest)))  # noqa: S311 - no secret

    def wait_for_mending(self) -> float:
        """As `fail`, after a refusal that only a person can end."""
        return self._wait(_MENDING_SECONDS)

    def wait_as_asked(self, seconds: float) -> float:
        """As `fail`, after an answer that asked for a pause and is no failure."""
        return self._wait(min(seconds, _LONGEST_ASKED_SECONDS))

    def _wait(self, seconds: float) -> float:
        self.over_at = time.monotonic() + seconds
        return self.over_at
