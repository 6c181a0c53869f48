"""The fake ChatGPT is good enough for the real codex."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes import chatgpt
from fakes.chatgpt import FakeChatGPT, Fault, usage, window

CODEX_FLAGS = ("-c", "features.plugins=false", "-c", "features.apps=false")


class AppServer:
    """A `codex app-server`, spoken to without anything of the host agent."""

    def __init__(self, codex: Path, home: Path, env: dict[str, str]) -> None:
        self.child = subprocess.Popen(
            [codex, "app-server", *CODEX_FLAGS],
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "CODEX_HOME": str(home), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            text=True,
        )
        self.send({"id": 0, "method": "initialize", "params": {"clientInfo": {"name": "test", "version": "0"}}})

    def __enter__(self) -> "AppServer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, *frames: dict[str, Any]) -> None:
        self.child.stdin.write("".join(json.dumps(frame) + "\n" for frame in frames))
        self.child.stdin.flush()

    def frame(self, wanted: int | str) -> dict[str, Any]:
        """The answer with this id, or the notification of this name; others are skipped."""
        for line in self.child.stdout:
            frame = json.loads(line)
            if wanted in (frame.get("id"), frame.get("method")):
                return frame
        raise AssertionError(f"codex ended without {wanted}")

    def read_limits(self) -> dict[str, Any]:
        self.send({"id": 2, "method": "account/rateLimits/read"})
        return self.frame(2)

    def read_account(self) -> dict[str, Any]:
        self.send({"id": 1, "method": "account/read", "params": {}})
        return self.frame(1)

    def close(self) -> int:
        """Closing its input is the one way to end codex that never loses a refreshed login."""
        self.child.stdin.close()
        status = self.child.wait(timeout=60)
        self.child.stdout.close()
        return status


@pytest.fixture
def upstream() -> Iterator[FakeChatGPT]:
    with FakeChatGPT() as fake:
        yield fake


@pytest.fixture
def app_server(codex: Path, upstream: FakeChatGPT) -> Iterator[Callable[[Path], AppServer]]:
    with ExitStack() as running:
        yield lambda home: running.enter_context(AppServer(codex, home, upstream.codex_env()))


def login(home: Path) -> dict[str, Any]:
    return json.loads((home / "auth.json").read_text(encoding="utf-8"))


def test_codex_reads_the_usage_that_was_set(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1", email="a@example.com", plan="pro")
    upstream.seed_home(account, tmp_path)
    account.usage = usage(five_hour=window(12, reset_at=1_900_000_000), weekly=34)

    server = app_server(tmp_path)
    read, limits = server.read_account(), server.read_limits()["result"]

    assert read["result"]["account"]["email"] == "a@example.com"
    assert limits["rateLimits"]["primary"] == {
        "usedPercent": 12,
        "windowDurationMins": 300,
        "resetsAt": 1_900_000_000,
    }
    assert limits["rateLimits"]["secondary"]["usedPercent"] == 34
    assert limits["ordinaryUsageAllowed"] is True
    assert {request.account_id for request in upstream.seen("/wham/usage")} == {"acct-1"}


def test_a_limit_that_is_reached_has_its_reason(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1", plan="team")
    upstream.seed_home(account, tmp_path)
    account.usage = usage(
        five_hour=None,
        weekly=100,
        credits=chatgpt.credits_left("0"),
        reached="workspace_member_credits_depleted",
        spend=chatgpt.spend_control(),
        additional=[chatgpt.additional_limit("Spark", "codex_spark", (window(70), None))],
    )
    account.reset_credits = [chatgpt.reset_credit("c1", expires_at="2026-12-01T00:00:00Z")]

    limits = app_server(tmp_path).read_limits()["result"]

    assert limits["rateLimits"]["primary"]["windowDurationMins"] == 10_080
    assert limits["rateLimits"]["secondary"] is None
    assert limits["rateLimits"]["rateLimitReachedType"] == "workspace_member_credits_depleted"
    assert limits["rateLimits"]["spendControlReached"] is True
    assert limits["rateLimitsByLimitId"]["codex_spark"]["primary"]["usedPercent"] == 70
    assert limits["rateLimitResetCredits"]["availableCount"] == 1


def test_an_expired_login_is_refreshed_and_its_token_spent(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.seed_home(account, tmp_path, expires_in_seconds=-60)
    before = login(tmp_path)

    answered = app_server(tmp_path).read_limits()

    assert "result" in answered
    assert login(tmp_path)["tokens"]["refresh_token"] != before["tokens"]["refresh_token"]
    assert (account.refreshes, account.reused_refresh_tokens) == (1, 0)
    assert (tmp_path / "auth.json").stat().st_mode & 0o777 == 0o600


def test_a_spent_refresh_token_is_refused_and_counted(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.seed_home(account, tmp_path, expires_in_seconds=-60)
    copy = (tmp_path / "auth.json").read_bytes()
    app_server(tmp_path).close()
    (tmp_path / "auth.json").write_bytes(copy)

    server = app_server(tmp_path)
    read, limits = server.read_account(), server.read_limits()

    assert read["result"]["account"] is None
    assert " failed: 401 " in limits["error"]["message"]
    assert account.refreshes == 1
    assert account.reused_refresh_tokens > 0


def test_a_refresh_can_be_caught_while_its_answer_is_on_the_way(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.seed_home(account, tmp_path, expires_in_seconds=-60)
    before = login(tmp_path)
    account.refresh_reply_delay_seconds = 1

    server = app_server(tmp_path)
    upstream.wait_for("POST /oauth/token")
    login_meanwhile = login(tmp_path)
    server.close()

    assert login_meanwhile == before
    assert login(tmp_path) != before
    assert account.refreshes == account.most_concurrent_refreshes == 1


@pytest.mark.parametrize("mode", ["reused", "expired", "invalidated", "unknown401", "invalid_grant"])
def test_a_dead_login_has_no_account(mode, upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    account.refresh_mode = mode
    upstream.seed_home(account, tmp_path, expires_in_seconds=-60)

    server = app_server(tmp_path)

    assert server.read_account()["result"]["account"] is None
    assert " failed: 401 " in server.read_limits()["error"]["message"]


@pytest.mark.parametrize("mode", ["500", "reset"])
def test_an_issuer_in_trouble_is_no_dead_login(mode, upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    account.refresh_mode = mode
    upstream.seed_home(account, tmp_path, expires_in_seconds=-60)

    answered = app_server(tmp_path).read_account()

    assert answered["error"]["message"] == "workspace routing discovery unauthorized (401)"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault(status=429, headers={"retry-after": "7"}), " failed: 429 Too Many Requests"),
        (Fault(status=403, body="<html>", content_type="text/html"), "content-type=text/html; body=<html>"),
        (Fault(status=500, huge_bytes=3_000_000), "x" * 3_000_000),
        (Fault(malformed=True), "Decode error"),
        (Fault(truncate=True), "error decoding response body"),
        (Fault(reset=True), "error sending request"),
    ],
    ids=["status", "html", "huge", "malformed", "truncate", "reset"],
)
def test_a_fault_reaches_codex_as_often_as_it_should(fault, message, upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.seed_home(account, tmp_path)
    account.faults["usage"] = fault
    server = app_server(tmp_path)

    spoiled = server.read_limits()
    del account.faults["usage"]

    assert message in spoiled["error"]["message"]
    assert "result" in server.read_limits()


def test_a_counted_fault_ends_by_itself(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.seed_home(account, tmp_path)
    account.faults["usage"] = Fault(status=503, times=1)
    server = app_server(tmp_path)

    answers = [server.read_limits(), server.read_limits()]

    assert ["error" in answer for answer in answers] == [True, False]


def test_a_device_login_waits_for_its_approval(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.write_config(tmp_path)
    server = app_server(tmp_path)
    server.send({"id": 5, "method": "account/login/start", "params": {"type": "chatgptDeviceCode"}})
    started = server.frame(5)["result"]
    upstream.wait_for("/deviceauth/token", answered=True)
    assert not (tmp_path / "auth.json").exists()

    upstream.approve(started["userCode"], account)

    assert server.frame("account/login/completed")["params"]["success"] is True
    assert login(tmp_path)["tokens"]["account_id"] == "acct-1"
    assert "result" in server.read_limits()


def test_a_device_login_can_be_denied(upstream, app_server, tmp_path):
    upstream.write_config(tmp_path)
    upstream.device_login.denied_status = 410
    server = app_server(tmp_path)

    server.send({"id": 5, "method": "account/login/start", "params": {"type": "chatgptDeviceCode"}})

    completed = server.frame("account/login/completed")["params"]
    assert (completed["success"], "410" in completed["error"]) == (False, True)


def test_the_shape_of_a_seeded_login_is_that_of_a_real_one(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.device_login.approved = account
    upstream.seed_home(account, tmp_path / "seeded")
    upstream.write_config(tmp_path / "real")
    server = app_server(tmp_path / "real")

    server.send({"id": 5, "method": "account/login/start", "params": {"type": "chatgptDeviceCode"}})
    server.frame("account/login/completed")

    seeded, real = login(tmp_path / "seeded"), login(tmp_path / "real")
    assert seeded.keys() == real.keys()
    assert seeded["tokens"].keys() == real["tokens"].keys()
    assert len(seeded["last_refresh"]) == len(real["last_refresh"])


def test_the_code_of_a_browser_login_is_exchanged_once(upstream):
    upstream.device_login.approved = upstream.add_account("acct-1")
    redirect = requests.get(
        f"{upstream.base_url}/oauth/authorize",
        params={"redirect_uri": "http://localhost:1455/auth/callback", "state": "s"},
        allow_redirects=False,
        timeout=10,
    ).headers["location"]
    form = {"grant_type": "authorization_code", "code": redirect.split("code=")[1].split("&")[0]}

    exchanges = [requests.post(f"{upstream.base_url}/oauth/token", data=form, timeout=10).status_code for _ in range(2)]

    assert redirect.startswith("http://localhost:1455/auth/callback?code=")
    assert redirect.endswith("&state=s")
    assert exchanges == [200, 400]


def test_a_revoked_login_is_unauthorized(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.seed_home(account, tmp_path)

    upstream.revoke(account)

    assert " failed: 401 " in app_server(tmp_path).read_limits()["error"]["message"]


def test_no_token_is_in_what_was_seen(upstream, app_server, tmp_path):
    account = upstream.add_account("acct-1")
    upstream.seed_home(account, tmp_path, expires_in_seconds=-60)
    spent = login(tmp_path)["tokens"]
    app_server(tmp_path).read_limits()

    seen = repr(upstream.requests)

    names = ("id_token", "access_token", "refresh_token")
    tokens = [holder[name] for holder in (spent, login(tmp_path)["tokens"]) for name in names]
    assert "acct-1" in seen
    assert [token for token in tokens if token in seen] == []


def test_a_login_that_is_not_from_a_fake_is_never_replaced(upstream, tmp_path):
    (tmp_path / "auth.json").write_text('{"tokens": {"id_token": "a.b.c"}}', encoding="utf-8")

    with pytest.raises(FileExistsError):
        upstream.seed_home(upstream.add_account("acct-1"), tmp_path)

    assert (tmp_path / "auth.json").read_text(encoding="utf-8") == '{"tokens": {"id_token": "a.b.c"}}'


def test_closing_the_fake_lets_go_of_answers_held_back(upstream):
    account = upstream.add_account("acct-1")
    account.strict = False
    account.faults["usage"] = Fault(delay_seconds=3600)
    url = f"{upstream.base_url}/backend-api/wham/usage"

    with pytest.raises(requests.ReadTimeout):
        requests.get(url, headers={"chatgpt-account-id": "acct-1"}, timeout=0.1)

    upstream.close()


def test_what_did_not_come_is_said_by_name(upstream):
    requests.get(f"{upstream.base_url}/elsewhere", timeout=10)

    with pytest.raises(TimeoutError, match="GET /elsewhere -> 404"):
        upstream.wait_for("POST /oauth/token", timeout=0.01)


def test_the_fake_is_a_program_too(codex, tmp_path):
    state_file, home = tmp_path / "state.json", tmp_path / "home"
    state_file.write_text('{"accounts": [{"account_id": "acct-1", "plan": "pro"}]}', encoding="utf-8")
    program = [sys.executable, chatgpt.__file__, "--state", state_file]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as child:
        ready = json.loads(child.stdout.readline())
        control = f"{ready['base_url']}/control"
        headers = {"X-Control-Key": ready["control_key"]}

        def post(command: str, body: dict[str, Any]) -> requests.Response:
            return requests.post(f"{control}/{command}", json=body, headers=headers, timeout=10)

        assert requests.get(f"{control}/accounts", timeout=10).status_code == 403
        assert post("accounts", {"account_id": "acct-1", "usage": {"five_hour": 91}}).ok
        assert post("accounts", {"account_id": "acct-1", "colour": "red"}).status_code == 400
        assert post("seed-home", {"account_id": "acct-1", "home": str(home)}).ok
        with AppServer(codex, home, ready["codex_env"]) as server:
            limits = server.read_limits()["result"]["rateLimits"]
        seen = requests.get(f"{control}/requests", headers=headers, timeout=10).json()["requests"]
        child.terminate()

    assert (limits["primary"]["usedPercent"], limits["planType"]) == (91, "pro")
    assert "/backend-api/wham/usage" in [request["path"] for request in seen]
    assert child.returncode == 0


def test_the_ready_file_is_closed_to_others(upstream, tmp_path):
    chatgpt.announce(upstream, tmp_path / "ready.json")

    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]
    assert (tmp_path / "ready.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "ready.json").read_text())["base_url"] == upstream.base_url
