"""Writes that wait for their turn are committed together, and each caller gets what became of its own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from background import ANSWERS_WITHIN_SECONDS, in_background

from collector import group_commit
from collector.database import close_database, run, write_transaction
from collector.errors import DatabaseBusy
from collector.group_commit import GroupCommit, _Job

Work = Callable[[], Any]
group: GroupCommit[Work, Any] = GroupCommit(lambda works: [work() for work in works], size=lambda _: 1)


@pytest.fixture(autouse=True)
def transactions(app, monkeypatch) -> list[None]:
    """As many as callers have shared so far."""
    begun: list[None] = []

    def counted():
        begun.append(None)
        return write_transaction()

    monkeypatch.setattr(group_commit, "write_transaction", counted)
    run("UPDATE fleet SET mask_key = ''")  # a text that anybody may lengthen
    return begun


@contextmanager
def held_up(*calls: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """The calls, which all waited while somebody else wrote, and now go on."""
    with ExitStack() as writing:
        writing.enter_context(write_transaction())
        with in_background(*calls) as answers:
            ends_at = time.monotonic() + ANSWERS_WITHIN_SECONDS
            while len(group._queue) < len(calls) and time.monotonic() < ends_at:
                time.sleep(0.01)
            assert len(group._queue) == len(calls)
            writing.close()
            yield answers


def note(text: str) -> Callable[[], str]:
    def work() -> str:
        run("UPDATE fleet SET mask_key = ?", (notes() + text,))
        return text

    return work


def notes() -> str:
    return str(run("SELECT mask_key FROM fleet").fetchone()[0])


def calls(*works: Callable[[], Any]) -> list[Callable[[], Any]]:
    def call(work: Callable[[], Any]) -> Any:
        try:
            return group.commit(work)
        finally:
            close_database()

    return [lambda work=work: call(work) for work in works]


def test_those_who_wait_are_written_in_one_transaction_and_each_gets_its_own_result(transactions):
    letters = "abcdefgh"
    with held_up(*calls(*map(note, letters))) as answers:
        found = [answer.result(ANSWERS_WITHIN_SECONDS) for answer in answers]

    assert found == list(letters)
    assert sorted(notes()) == list(letters)
    assert len(transactions) == 1


def test_more_than_may_go_together_take_several_turns(transactions, monkeypatch):
    monkeypatch.setattr(group_commit, "_MOST_SIZE", 3)

    with held_up(*calls(*map(note, "abcdefgh"))) as answers:
        assert [answer.result(ANSWERS_WITHIN_SECONDS) for answer in answers] == list("abcdefgh")

    assert len(transactions) == 3


def test_what_fails_has_written_nothing_and_spares_the_others(caplog):
    def fails():
        note("?")()
        raise ValueError("not this one")

    with held_up(*calls(note("a"), fails, note("b"))) as (first, failed, last):
        assert (first.result(ANSWERS_WITHIN_SECONDS), last.result(ANSWERS_WITHIN_SECONDS)) == ("a", "b")
        with pytest.raises(ValueError, match="not this one"):
            failed.result(ANSWERS_WITHIN_SECONDS)

    assert sorted(notes()) == ["a", "b"]
    assert "now each by itself" in caplog.text


def no_such_table() -> None:
    note("?")()
    run("SELECT * FROM no_such_table")


def the_end() -> None:
    note("?")()
    raise SystemExit(1)


@pytest.mark.parametrize(("ends", "fault"), [(no_such_table, group_commit.FAULTS), (the_end, SystemExit)])
def test_what_ends_a_turn_takes_back_all_of_it_and_nobody_is_told_that_it_went_well(ends, fault):
    with held_up(*calls(note("a"), note("b"), ends, note("c"), note("d"))) as answers:
        outcomes = [answer.exception(ANSWERS_WITHIN_SECONDS) or answer.result() for answer in answers]

    assert sum(isinstance(outcome, fault) for outcome in outcomes) >= 1
    assert all(isinstance(outcome, (str, fault)) for outcome in outcomes)
    assert sorted(notes()) == sorted(outcome for outcome in outcomes if isinstance(outcome, str))
    assert group.commit(note("e")) == "e"


def test_one_by_one_a_fault_of_the_database_is_that_of_all_who_are_left():
    def fails():
        raise ValueError("not this one")

    jobs = [_Job(work, 1) for work in (note("a"), fails, note("b"), no_such_table, note("c"))]
    group._write_one_by_one(jobs)

    assert notes() == "ab"
    assert [type(job.error) for job in jobs[:3]] == [type(None), ValueError, type(None)]
    assert all(isinstance(job.error, group_commit.FAULTS) for job in jobs[3:])


def test_nobody_waits_for_long_and_who_gave_up_writes_nothing_later(monkeypatch):
    monkeypatch.setattr(group_commit, "_WAIT_SECONDS", 0.2)
    with write_transaction(), in_background(*calls(*map(note, "abc"))) as answers:
        for answer in answers:
            with pytest.raises(DatabaseBusy):
                answer.result(ANSWERS_WITHIN_SECONDS)

    assert notes() == ""
    assert group.commit(note("d")) == "d"
    assert notes() == "d"


def test_what_is_larger_than_a_turn_still_has_one(transactions, monkeypatch):
    monkeypatch.setattr(group_commit, "_MOST_SIZE", 0)

    with held_up(*calls(*map(note, "abc"))) as answers:
        assert [answer.result(ANSWERS_WITHIN_SECONDS) for answer in answers] == list("abc")

    assert len(transactions) == 3
