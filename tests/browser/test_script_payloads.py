"""Scripts in every text, on every room: scripts/faults/script_payloads.py with small counts."""

from script_payloads import PAYLOADS, show_payloads


def test_no_script_runs_wherever_it_is_told(tmp_path, context):
    verdict = show_payloads(tmp_path / "collector", context, PAYLOADS[:: len(PAYLOADS) // 8], languages=("en",))

    assert verdict["ok"], verdict
    assert verdict["payloads"] >= 8
