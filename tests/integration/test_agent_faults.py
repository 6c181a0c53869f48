"""The scripts in scripts/faults/ that are about the agent, with small counts."""

import broken_codex
import killed_agent
import late_issuer
import two_agents


def test_a_broken_codex_costs_a_probe_and_nothing_else(tmp_path):
    verdict = broken_codex.probe_broken_programs(tmp_path, probes=len(broken_codex.CODES), is_patient=False)

    assert verdict["ok"], verdict


def test_two_agents_on_one_state_folder_are_one_agent(tmp_path):
    verdict = two_agents.start_together(tmp_path, rounds=1, agents=3)

    assert verdict["ok"], verdict


def test_killed_agents_lose_no_snapshot_and_leave_no_codex(tmp_path, codex):
    verdict = killed_agent.kill_agents(tmp_path / "killed", codex, hosts=2, kills_of_host=3)

    assert verdict["ok"], verdict


def test_a_late_issuer_costs_no_login(tmp_path, codex):
    verdict = late_issuer.interrupt_refreshes(tmp_path, codex, hosts=1, rounds=3, latest_seconds=2)

    assert verdict["ok"], verdict
