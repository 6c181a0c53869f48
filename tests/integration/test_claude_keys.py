"""Claude API keys through the whole agent, with a Claude API on loopback."""

from collections.abc import Iterator

import pytest
from fakes.anthropic import FakeAnthropic, Reply, error_body

KEY = "sk-ant-api03-CanaryCanaryCanary-AA"


@pytest.fixture
def api() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as api:
        api.answer(KEY, Reply())
        yield api


@pytest.fixture
def claude_host(joined_host, api):
    joined_host.settings["anthropic_api_url"] = api.base_url
    joined_host.accounts.append({"label": "claude1", "provider": "anthropic"})
    key_file = joined_host.folder / "accounts/claude1/.secrets/anthropic_api_key.txt"
    key_file.parent.mkdir(mode=0o700, parents=True)
    key_file.touch(0o600)
    key_file.write_text(KEY)
    return joined_host


def test_a_key_is_shown_beside_the_other_accounts(claude_host, collector):
    assert claude_host.run("run", "--once").returncode == 0

    item = collector.latest()["claude1"]
    assert (item["provider"], item["state"]) == ("anthropic", "ok")


def test_a_provider_that_asks_to_be_left_alone_is_left_alone_until_the_key_changes(claude_host, collector, api):
    api.answer(KEY, Reply(529, {"retry-after": "600"}, error_body("overloaded_error", "Overloaded")))
    assert claude_host.run("run", "--once").returncode == 0

    claude_host.run("run", "--once")

    assert len(api.seen) == 1
    api.answer(KEY, Reply())
    (claude_host.folder / "accounts/claude1/.secrets/anthropic_api_key.txt").write_text(f"{KEY}\n")
    claude_host.run("run", "--once")
    claude_host.run("run", "--once")
    assert len(api.seen) == 3, "a good answer ends the pause"
    assert collector.latest()["claude1"]["state"] == "ok"
