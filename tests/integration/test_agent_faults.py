"""The scripts in scripts/faults/ that are about the agent, with small counts."""

import broken_codex


def test_a_broken_codex_costs_a_probe_and_nothing_else(tmp_path):
    verdict = broken_codex.probe_broken_programs(tmp_path, probes=len(broken_codex.CODES), is_patient=False)

    assert verdict["ok"], verdict
