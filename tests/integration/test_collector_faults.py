"""The scripts in scripts/faults/ that are about the collector, with small counts."""

import access_matrix


def test_over_http_everybody_gets_what_is_promised_and_no_more(tmp_path):
    verdict = access_matrix.call_all(tmp_path, ("POST /registry", "DELETE /session", "POST /tokens", "GET /latest"))

    assert verdict["ok"], verdict
