"""A host with a canary in every credential, and providers that echo what they are shown."""

import json
import secrets
from pathlib import Path
from typing import Any

from canaries import Canaries
from fakes.anthropic import FakeAnthropic, Reply, error_body
from fakes.chatgpt import Account, FakeChatGPT, Fault
from programs import Collector, Host

# Where a credential may stand.
ITS_OWN_FILES = frozenset({"auth.json", "config.toml", "anthropic_api_key.txt", "collector.token"})
_TOKENS = ("id_token", "access_token", "refresh_token")
_LOGINS = ("fine", "renewed", "dead", "echo-error", "echo-page", "echo-check", "echo-refresh", "captured-from")
_EXPIRED = {"renewed", "dead", "echo-refresh"}
_KEYS = ("claude-fine", "claude-error", "claude-page", "claude-headers")


class CanaryHost(Host):
    """`path` and `email` are part of each of its paths and e-mails, and found nowhere else."""

    def __init__(self, folder: Path, upstream: FakeChatGPT, api: FakeAnthropic, codex: Path) -> None:
        self.path, self.email = (f"canary-{kind}-{secrets.token_hex(8)}" for kind in ("path", "mail"))
        self.canaries = Canaries()
        self.token = ""
        (folder / self.path).mkdir()
        super().__init__(folder / self.path, upstream, codex)
        self.settings = {"anthropic_api_url": api.base_url, "poll_interval_sec": 30}
        self.environment = {"OPENAI_API_KEY": self._make("OPENAI_API_KEY of the agent", "sk-proj-")}
        for label in _LOGINS:
            self._log_in(label)
        self._spoil_logins()
        self._plant_keys(api)
        self.plant_tokens()

    def join(self, collector: Collector, url: str = "") -> str:
        """Its token, which is still to be put where it belongs."""
        self.token = collector.token("--kind", "agent", "--host", "mac-mini")
        # The part before names the token and is no secret.
        self.canaries.plant("collector token", self.token.rpartition("_")[2])
        self.settings["collector_url"] = url
        return f"{self.token}\n"

    def labels(self) -> list[str]:
        return [account["label"] for account in self.accounts]

    def rounds(self) -> int:
        return sum(request.account_id == "fine" for request in self.upstream.seen("/wham/usage"))

    def another_key(self) -> str:
        return self._make("key that is typed", "sk-ant-api03-")

    def plant_tokens(self) -> None:
        """The tokens that are in the login files by now."""
        for path in self.folder.rglob("auth.json"):
            for name, token in tokens_of(path).items():
                self.canaries.plant(f"{name} of {path.parent} {token[-6:]}", token)

    def count_in_own_files(self) -> int:
        own = [path for path in self.folder.rglob("*") if path.name in ITS_OWN_FILES]
        return len(set().union(*(self.canaries.find_in(path.read_bytes()) for path in own)))

    def _log_in(self, label: str) -> None:
        login = self.upstream.add_account(label, email=f"{self.email}-{label}@example.com")
        home = self.folder / ".codex" if label == "captured-from" else self.add_account(label, login)
        bearer = self._make(f"bearer in config.toml of {label}")
        more = f'[model_providers.own]\nname = "own"\nexperimental_bearer_token = "{bearer}"'
        expires_in = -60 if label in _EXPIRED else None
        self.upstream.seed_home(login, home, expires_in_seconds=expires_in, config_extra=more)
        self._make_it_echo(label, login, f"{' '.join(tokens_of(home / 'auth.json').values())} {login.email} {home}")

    def _make_it_echo(self, label: str, login: Account, echo: str) -> None:
        error = {"error": {"message": echo, "code": echo, "type": echo}}
        faults: dict[str, dict[str, Any]] = {
            "fine": {"usage": Fault(delay_seconds=0.5)},  # long enough for its process to be seen
            "echo-error": {"usage": Fault(status=500, body=error)},
            "echo-page": {"usage": Fault(status=403, body=f"<html>{echo}</html>", content_type="text/html")},
            "echo-check": {"check": Fault(status=401, body=error), "usage": Fault(status=401, body=error)},
            "echo-refresh": {"refresh": Fault(status=400, body=error)},
        }
        login.faults.update(faults.get(label, {}))
        if label == "dead":
            login.refresh_mode = "expired"
        if label == "fine":
            self.upstream.device_login.approved = login

    def _spoil_logins(self) -> None:
        """Files that codex or the agent cannot read, with secrets in them."""
        half = f'{{"tokens": {{"access_token": "{self._make("token in half a file", "eyJ")}'
        key = json.dumps({"auth_mode": "apikey", "OPENAI_API_KEY": self._make("API key in auth.json", "sk-proj-")})
        for label, content in (("half", half), ("api-key", key), ("config", None)):
            home = self.add_account(label, self.upstream.add_account(label))
            if content is not None:
                (home / "auth.json").write_text(content)
        (home / "config.toml").write_text(
            f'experimental_bearer_token = "{self._make("bearer in a broken config.toml")}'
        )

    def _plant_keys(self, api: FakeAnthropic) -> None:
        for label in _KEYS:
            key = self._make(f"key of {label}", "sk-ant-api03-")
            replies = {
                "claude-error": Reply(401, body=error_body("authentication_error", f"invalid x-api-key {key}")),
                "claude-page": Reply(502, body=f"<html>{key} {self.folder}</html>".encode()),
                "claude-headers": Reply(headers={"anthropic-organization-id": key, "anthropic-echo": f"<{key}>"}),
            }
            api.answer(key, replies.get(label, Reply()))
            path = self.folder / "accounts" / label / ".secrets/anthropic_api_key.txt"
            path.parent.mkdir(parents=True)
            path.touch(0o600)
            path.write_text(key)
            self.accounts.append({"label": label, "provider": "anthropic"})

    def _make(self, name: str, start: str = "") -> str:
        return self.canaries.plant(name, f"{start}canary{secrets.token_urlsafe(40)}")


def tokens_of(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())["tokens"]
    except (ValueError, KeyError):
        return {}
    return {name: found[name] for name in _TOKENS}
