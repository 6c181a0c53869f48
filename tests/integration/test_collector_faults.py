"""The scripts in scripts/faults/ that are about the collector, with small counts."""

import access_matrix
import sigterm_parked


def test_a_collector_that_is_told_to_stop_leaves_nobody_without_an_answer(tmp_path):
    crowd = sigterm_parked.Crowd(agents=30, pages=10, uploads=5, pushers=2)

    verdict = sigterm_parked.stop_often(tmp_path, crowd, rounds=1)

    assert verdict["ok"], verdict


def test_over_http_everybody_gets_what_is_promised_and_no_more(tmp_path):
    verdict = access_matrix.call_all(tmp_path, ("POST /registry", "DELETE /session", "POST /tokens", "GET /latest"))

    assert verdict["ok"], verdict
