"""Calls that wait, made in threads of their own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

ANSWERS_WITHIN_SECONDS = 10


@contextmanager
def in_background(*calls: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """Each call gives its answer by `.result(ANSWERS_WITHIN_SECONDS)`."""
    with ThreadPoolExecutor(len(calls)) as threads:
        yield [threads.submit(call) for call in calls]
