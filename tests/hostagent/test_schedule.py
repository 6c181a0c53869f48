"""Which account is read next. Time is a number that the test hands in."""

import math

from hostagent.schedule import MIN_INTERVAL_SECONDS, Schedule, Task


def read(schedule: Schedule, now: float) -> Task | None:
    """Start the next probe and end it at once."""
    task = schedule.take(now)
    if task is not None:
        schedule.finish(task.label)
    return task


def test_nothing_is_read_before_somebody_asks():
    schedule = Schedule(["a"])

    assert schedule.take(0) is None
    assert schedule.next_start_at() == math.inf


def test_a_round_reads_every_account_once():
    schedule = Schedule(["a", "b"])
    schedule.ask_for(["a", "b"])

    assert [read(schedule, 0), read(schedule, 0), read(schedule, 0)] == [Task("a", None), Task("b", None), None]


def test_a_wish_goes_before_the_round():
    schedule = Schedule(["a", "b", "c"])
    schedule.ask_for(["a", "b", "c"])
    schedule.wish("c", 7)

    assert [read(schedule, 0), read(schedule, 0)] == [Task("c", 7), Task("a", None)]


def test_an_account_is_read_at_most_every_thirty_seconds_whatever_is_asked():
    schedule = Schedule(["a"])
    schedule.wish("a", 1)
    read(schedule, 100)
    schedule.wish("a", 2)
    schedule.ask_for(["a"])

    assert schedule.take(100 + MIN_INTERVAL_SECONDS - 0.1) is None
    assert schedule.next_start_at() == 100 + MIN_INTERVAL_SECONDS
    assert schedule.take(100 + MIN_INTERVAL_SECONDS) == Task("a", 2)


def test_an_account_is_never_read_twice_at_once():
    schedule = Schedule(["a"])
    schedule.ask_for(["a"])
    schedule.take(0)
    schedule.wish("a", 1)

    assert schedule.take(1000) is None

    schedule.finish("a")
    assert schedule.take(1000) == Task("a", 1)


def test_a_probe_answers_the_highest_wish_that_was_there_when_it_began():
    schedule = Schedule(["a"])
    schedule.wish("a", 3)
    schedule.wish("a", 2)

    assert schedule.take(0) == Task("a", 3)


def test_a_wish_during_a_probe_is_not_answered_by_it():
    schedule = Schedule(["a"])
    schedule.wish("a", 3)
    schedule.take(0)
    schedule.wish("a", 4)
    schedule.finish("a")

    assert schedule.take(MIN_INTERVAL_SECONDS) == Task("a", 4)


def test_a_wish_that_is_handed_out_again_is_not_read_again():
    schedule = Schedule(["a"])
    schedule.wish("a", 3)
    read(schedule, 0)
    schedule.wish("a", 3)

    assert schedule.take(1000) is None


def test_a_round_carries_the_number_of_the_last_wish():
    schedule = Schedule(["a"])
    schedule.wish("a", 3)
    read(schedule, 0)
    schedule.ask_for(["a"])

    assert schedule.take(1000) == Task("a", 3)


def test_a_wish_for_a_stranger_is_refused():
    schedule = Schedule(["a"])

    assert not schedule.wish("../a", 3)
    assert schedule.take(0) is None
