"""The scripts in scripts/faults/ that are about the spool, with small counts."""

import logging

import corrupt_spool
import cut_off_agent


def test_an_agent_that_was_cut_off_delivers_everything_in_order(tmp_path):
    verdict = cut_off_agent.cut_off(tmp_path / "a", accounts=3, rounds=12)

    assert verdict["ok"], verdict
    assert verdict["dropped"] == 0


def test_an_agent_that_was_cut_off_for_too_long_tells_exactly_what_it_dropped(tmp_path):
    verdict = cut_off_agent.cut_off(tmp_path / "a", accounts=3, rounds=12, most_bytes=60_000)

    assert verdict["ok"], verdict
    assert 0 < verdict["dropped"] < verdict["snapshots"]


def test_snapshots_that_wait_for_a_week_are_dropped_and_told(tmp_path):
    verdict = cut_off_agent.cut_off(tmp_path / "a", accounts=3, rounds=16, round_seconds=43_200)

    assert verdict["ok"], verdict
    assert verdict["dropped"] == 3 * 2


def test_whatever_happens_to_its_files_the_spool_delivers_the_others(tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)

    verdict = corrupt_spool.corrupt_spools(tmp_path, corruptions=len(corrupt_spool.WAYS))

    assert verdict["ok"], verdict
