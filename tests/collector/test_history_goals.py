"""What scripts/bench/history_bytes.py and latest_history.py measure, with small counts."""

from datetime import timedelta

import history_bytes
import latest_history
import pytest

from collector.queries import housekeeping


@pytest.mark.parametrize("usage", history_bytes.GOALS)
def test_a_history_takes_a_fraction_of_the_raw_answers(monkeypatch, usage):
    # So that the ledger has its full length after a day, and what is added is history alone.
    monkeypatch.setattr(housekeeping, "_LEDGER_KEPT", timedelta(days=1))
    first, *_, last = history_bytes.measure(usage == "busy", days=3, number=1)

    assert last.since(first).ratio <= history_bytes.GOALS[usage]


def test_a_long_history_does_not_slow_the_present_down(tmp_path):
    # Hardly any rounds: only what grows with the history would be seen.
    verdict = latest_history.compare(tmp_path, hosts=1, lengths=(100, 20_000), rounds=3)

    assert verdict["ratio"] < 2
