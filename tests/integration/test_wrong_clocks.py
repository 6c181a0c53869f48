"""The agent's clock is wrong, or is set: scripts/faults/wrong_clocks.py with small counts."""

import pytest
from wrong_clocks import DAY, YEARS, Trials


@pytest.fixture
def trials(tmp_path, upstream, collector, codex) -> Trials:
    return Trials(tmp_path, upstream, collector, codex)


def test_readings_stay_in_order_whatever_each_ones_clock_said(trials):
    assert trials.set_between_pushes((3 * DAY, -YEARS, 0)) == []


@pytest.mark.parametrize("offset", [3 * DAY, -YEARS])
def test_a_wish_is_answered_whatever_the_clock_says(trials, offset):
    assert trials.set_between_wishes((offset,)) == []
