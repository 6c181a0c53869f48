"""No credential is found outside its own file: scripts/faults/canary_secrets.py, with fewer commands."""

from canary_secrets import search_for_canaries


def test_no_secret_of_a_host_is_found_anywhere_else(tmp_path, codex):
    verdict = search_for_canaries(tmp_path, codex, rounds=1, is_everything_typed=False)

    assert verdict["ok"], verdict
