"""A collector that is away is left alone, longer each time, but never for long."""

import time

from hostagent.backoff import Backoff


def seconds_left(backoff: Backoff) -> float:
    return backoff.over_at - time.monotonic()


def test_the_pause_grows_up_to_five_minutes():
    backoff = Backoff()

    for _ in range(50):
        backoff.fail()

    assert 0 < seconds_left(backoff) <= 300


def test_the_collector_may_ask_for_a_longer_pause_but_not_for_hours():
    backoff = Backoff()

    backoff.fail(retry_after_seconds=120)
    assert 119 < seconds_left(backoff) <= 120

    backoff.fail(retry_after_seconds=86_400)
    assert seconds_left(backoff) <= 600


def test_a_success_ends_it():
    backoff = Backoff()
    backoff.fail()

    backoff.succeed()

    assert seconds_left(backoff) < 0
