"""Requests that wait for news: who is woken, by what, and how soon."""

import sqlite3
import time
from contextlib import contextmanager
from datetime import timedelta
from operator import attrgetter
from threading import Event, Semaphore, Thread
from types import SimpleNamespace

import pytest
from background import ANSWERS_WITHIN_SECONDS, in_background

from collector import gunicorn_settings, server
from collector.database import database, open_database
from collector.parking import MAX_PARKED, News, Parking, Seat, Signals
from collector.queries import wishes
from collector.settings import Settings

# What is promised, and as much again for a machine that does other things.
WITHIN_ONE_PROCESS_SECONDS = 0.05 + 0.25
ACROSS_PROCESSES_SECONDS = 0.3 + 0.3


class Counters:
    """What a database would say, and how often it was asked."""

    def __init__(self):
        self.revision = 1
        self.looks = 0
        self.looked = Event()
        self.fault = None

    def read(self):
        self.looks += 1
        self.looked.set()
        if self.fault is not None:
            raise self.fault
        return Signals(self.revision, {})


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
def closed_database(tmp_path):
    """What a request gives its connection back to before it is parked."""
    open_database(Settings(data_dir=tmp_path))


@pytest.fixture
def lot(closed_database, counters, clock):
    """A parking of its own, for two."""
    parking = Parking(counters.read, clock, capacity=2)
    yield parking
    parking.end()


never = News(attrgetter("revision"), lambda _: False)


def after(revision):
    return News(attrgetter("revision"), lambda signals: signals.revision > revision)


@contextmanager
def parked(parking, *news):
    """Requests that sleep for 30 s at most; `.ended` is set when one no longer does."""

    def sleep(request, awaited):
        request.has_parked = parking.park(awaited, 30)
        parking.end_turn()
        request.ended.set()

    requests_ = [SimpleNamespace(ended=Event(), has_parked=None) for _ in news]
    pairs = zip(requests_, news, strict=True)
    threads = [Thread(target=sleep, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    try:
        yield requests_
    finally:
        parking.end()
        for thread in threads:
            thread.join()


def wait_for_look(counters):
    counters.looked.clear()
    assert counters.looked.wait(ANSWERS_WITHIN_SECONDS)


def watchers(parking):
    return [] if parking._watcher is None else [parking._watcher]


def test_who_waits_for_a_change_is_woken_by_it_and_the_others_sleep_on(lot, counters):
    with parked(lot, after(1), after(2)) as [first, second]:
        wait_for_look(counters)
        counters.revision = 2
        lot.notify()

        assert first.ended.wait(ANSWERS_WITHIN_SECONDS)
        assert (first.has_parked, second.ended.is_set()) == (True, False)


def test_a_change_in_this_process_wakes_at_once(lot, counters):
    with parked(lot, after(1)) as [request]:
        wait_for_look(counters)
        counters.revision = 2
        started = time.monotonic()
        lot.notify()

        assert request.ended.wait(ANSWERS_WITHIN_SECONDS)
        assert time.monotonic() - started < WITHIN_ONE_PROCESS_SECONDS


def test_a_change_in_another_process_is_seen_without_a_word(lot, counters):
    with parked(lot, after(1)) as [request]:
        wait_for_look(counters)
        counters.revision = 2
        started = time.monotonic()

        assert request.ended.wait(ANSWERS_WITHIN_SECONDS)
        assert time.monotonic() - started < ACROSS_PROCESSES_SECONDS


def test_what_was_seen_before_the_request_came_is_not_slept_over(lot, counters):
    with parked(lot, never):
        wait_for_look(counters)
        wait_for_look(counters)

        started = time.monotonic()
        assert lot.park(after(0), 30)

        assert time.monotonic() - started < WITHIN_ONE_PROCESS_SECONDS


def test_it_ends_when_the_time_is_up(lot):
    started = time.monotonic()

    assert lot.park(never, 0.05)

    assert 0.05 <= time.monotonic() - started < 0.05 + 1


def test_it_ends_at_the_time_to_wake_up(lot, clock):
    started = time.monotonic()

    assert lot.park(never, 30, wake_at=clock() + timedelta(seconds=0.05))
    assert lot.park(never, 30, wake_at=clock() - timedelta(seconds=5))

    assert 0.05 <= time.monotonic() - started < 0.05 + 1


def test_who_comes_when_all_places_are_taken_is_turned_away_at_once(lot, counters):
    with parked(lot, after(1), never) as [first, _]:
        wait_for_look(counters)
        wait_for_look(counters)
        assert lot.count == 2

        assert lot.park(never, 30) is False

        counters.revision = 2
        assert first.ended.wait(ANSWERS_WITHIN_SECONDS)
        assert lot.park(never, 0.01) is True


def test_a_parked_request_holds_no_connection(parking):
    wishes.read_signals()
    assert not database.is_closed()

    parking.park(never, 0.01)

    assert database.is_closed()


def test_nobody_looks_while_nobody_is_parked(lot, counters):
    lot.park(never, 0.01)
    for watcher in watchers(lot):
        watcher.join(ANSWERS_WITHIN_SECONDS)
    looks = counters.looks

    assert watchers(lot) == []
    lot.notify()
    assert counters.looks == looks


def test_all_who_are_parked_cost_one_look_together(closed_database, counters, clock):
    parking = Parking(counters.read, clock, capacity=50)
    with parked(parking, *[never] * 50):
        while parking.count < 50:
            wait_for_look(counters)
        before, started = counters.looks, time.monotonic()
        for _ in range(4):
            wait_for_look(counters)

        assert counters.looks - before <= 5
        assert time.monotonic() - started > 4 * 0.1


def test_nobody_is_asked_about_a_part_that_has_not_changed(lot, counters):
    asked = []
    news = News(attrgetter("wishes"), lambda signals: asked.append(signals.revision))
    with parked(lot, news):
        wait_for_look(counters)
        wait_for_look(counters)
        before = len(asked)
        for counters.revision in range(2, 5):
            lot.notify()
            wait_for_look(counters)
        wait_for_look(counters)

        assert len(asked) == before


@pytest.mark.parametrize("is_parked", [True, False])
def test_who_knows_the_seat_ends_the_wait(lot, counters, is_parked):
    seat = Seat()
    if not is_parked:
        seat.wake.set()
    with in_background(lambda: lot.park(never, 30, seat=seat)) as [waiting]:
        while is_parked and lot.count == 0:
            wait_for_look(counters)
        seat.wake.set()

        assert waiting.result(ANSWERS_WITHIN_SECONDS) is True


def test_a_burst_of_changes_is_looked_at_together(lot, counters):
    with parked(lot, never):
        wait_for_look(counters)
        before, ends_at = counters.looks, time.monotonic() + 0.3
        while time.monotonic() < ends_at:
            lot.notify()

        assert counters.looks - before <= 0.3 / 0.02 + 2


def test_a_database_that_fails_is_asked_again(lot, counters, caplog, monkeypatch):
    monkeypatch.setattr("collector.parking._RETRY_SECONDS", 0.01)
    counters.fault = sqlite3.OperationalError("disk I/O error")
    with parked(lot, after(1)) as [request]:
        wait_for_look(counters)
        wait_for_look(counters)
        counters.revision, counters.fault = 2, None

        assert request.ended.wait(ANSWERS_WITHIN_SECONDS)
    assert [record.message for record in caplog.records] == ["could not look for news of parked requests; trying again"]


def test_a_watcher_that_died_is_replaced_by_the_next_request(lot, counters, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(lot, "_watch", lambda: None)
        lot.park(never, 0.01)
    assert counters.looks == 0

    with parked(lot, after(1)) as [request]:
        wait_for_look(counters)
        counters.revision = 2
        assert request.ended.wait(ANSWERS_WITHIN_SECONDS)


def test_without_a_watcher_the_time_still_ends_it(lot, monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuse)

    assert lot.park(never, 0.05)


def test_the_end_wakes_everybody_and_nobody_sleeps_after_it(lot, counters):
    with parked(lot, never, never) as both:
        wait_for_look(counters)
        lot.end()
        assert all(request.ended.wait(ANSWERS_WITHIN_SECONDS) for request in both)

    started = time.monotonic()
    assert lot.park(never, 30)
    assert time.monotonic() - started < 1


def test_those_who_are_woken_at_once_take_turns(closed_database, counters, clock):
    lot, at_work, may_end = Parking(counters.read, clock, capacity=20), Semaphore(0), Event()

    def be_woken():
        lot.park(never, 30)
        at_work.release()
        may_end.wait(ANSWERS_WITHIN_SECONDS)
        lot.end_turn()

    with in_background(*[be_woken] * 20):
        while lot.count < 20:
            time.sleep(0.01)
        lot.end()

        assert all(at_work.acquire(timeout=ANSWERS_WITHIN_SECONDS) for _ in range(8))
        assert not at_work.acquire(timeout=0.3)
        may_end.set()
        assert all(at_work.acquire(timeout=ANSWERS_WITHIN_SECONDS) for _ in range(12))


def test_an_answered_request_has_ended_its_turn(reader, agent, parking):
    reader.get(f"/latest?since={reader.revision()}&wait=0.5")

    assert parking._mine.has_turn is False


def test_requests_give_their_connection_back(agent, reader):
    agent.send(agent.reading())
    reader.latest()

    assert database.is_closed()
    assert not database._in_use


def test_there_are_more_threads_than_parked_requests():
    assert gunicorn_settings.threads >= MAX_PARKED + 32
    assert gunicorn_settings.worker_connections > gunicorn_settings.threads
    assert gunicorn_settings.worker_connections < server._OPEN_FILES
