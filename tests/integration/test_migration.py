"""A folder of the first Codex Status Fleet works as it is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from fakes.anthropic import FakeAnthropic, Reply
from fakes.chatgpt import usage
from terminal import hostagent

KEY = "sk-ant-api03-CanaryCanaryCanary-AA"
# As people edited it by hand: its own order, spaces, and no end of line at the end.
ACCOUNTS = """\
{
  "collector_url": "http://collector:8080/ingest",
  "collector_in_compose": true,
  "manual_refresh": true,
  "poll_interval_sec": 60,
  "codex_cli_version": "0.77.0",
  "accounts": [
    { "label": "acc_user_example_com", "enabled": true,
      "expected_email": "User@example.com", "expected_planType": "plus" },
    { "label": "acc2", "enabled": false, "note": "解約済みなど（生成から除外）" },
    { "account_label": "acc3", "provider": "openai", "expected_email": "" },
    { "label": "claude_key_aa", "provider": "claude",   "model": "claude-opus-5" },
    { "label": "fireworks_user", "provider": "fireworks", "fireworks_model": "x", "base_url": "https://example.com" }
  ],
  "agent": { "rpc_timeout_sec": 10.0 }
}"""


@pytest.fixture
def api() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as api:
        api.answer(KEY, Reply())
        yield api


@pytest.fixture
def folder(tmp_path: Path, upstream) -> Path:
    """Logged in by `HOME=accounts/<label> codex login`, with folders that everybody may look into."""
    folder = tmp_path / "fleet"
    for label in ("acc_user_example_com", "acc2", "acc3", "claude_key_aa", "fireworks_user"):
        (folder / "accounts" / label / ".codex").mkdir(parents=True)
        (folder / "accounts" / label / ".secrets").mkdir()
    login = upstream.add_account("A1", email="user@example.com", usage=usage(five_hour=42))
    upstream.seed_home(login, folder / "accounts/acc_user_example_com/.codex")
    (folder / "accounts/claude_key_aa/.secrets/anthropic_api_key.txt").write_text(f"{KEY}\n")
    (folder / "accounts/fireworks_user/.secrets/fireworks_api_key.txt").write_text("fw_CanaryCanaryCanaryCanary\n")
    (folder / "accounts.json").write_text(ACCOUNTS, encoding="utf-8")
    return folder


def test_a_folder_of_the_first_fleet_is_joined_to_a_collector_and_read(folder, collector, upstream, codex, api):
    token = collector.token("--kind", "agent", "--host", "mac-mini")
    before = (folder / "accounts.json").read_bytes()

    joined = hostagent(folder, "init", "--collector", collector.url, typed=f"{token}\n")
    settings = yaml.safe_load((folder / "hostagent.yaml").read_text())
    settings["codex"] = {"bin": str(codex), "env": upstream.codex_env()}
    settings["anthropic_api_url"] = api.base_url
    (folder / "hostagent.yaml").write_text(json.dumps(settings))
    pushed = hostagent(folder, "push")

    assert (joined.returncode, pushed.returncode) == (0, 0), joined.stderr + pushed.stderr
    assert "fireworks_user is skipped" in pushed.stderr
    assert "rpc_timeout_sec is ignored" in pushed.stderr
    latest = collector.latest()
    assert {label: item["state"] for label, item in latest.items()} == {
        "acc_user_example_com": "ok",
        "acc2": "disabled",
        "acc3": "login_required",
        "claude_key_aa": "ok",
    }
    reading = latest["acc_user_example_com"]["parsed"]["normalized"]
    assert (reading["windows"]["5h"]["usedPercent"], reading["expected_email_match"]) == (42, True)
    assert latest["acc2"]["registry"]["note"] == "解約済みなど（生成から除外）"
    assert [request.model for request in api.seen] == ["claude-opus-5"]
    assert (folder / "accounts.json").read_bytes() == before


def test_without_settings_of_its_own_the_old_ones_count(folder):
    (folder / "hostagent.yaml").write_text("codex: {}\n")

    shown = hostagent(folder, "status")

    assert shown.stdout.count("when somebody asks") == 3, "manual_refresh of accounts.json"
    assert "poll_interval_sec counts only until hostagent.yaml sets it" in shown.stderr
    assert (folder / "accounts.json").read_text(encoding="utf-8") == ACCOUNTS
