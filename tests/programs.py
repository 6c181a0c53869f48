"""The two programs as people run them: a host with its accounts folder, a collector with its database."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from fakes.chatgpt import Account, FakeChatGPT

PROGRAMS = Path(sys.executable).parent


@dataclass
class Host:
    """A machine with a hostagent.yaml, whose codex talks to the fake upstream. `environment`: more of its agent's."""

    folder: Path
    upstream: FakeChatGPT
    codex: Path
    settings: dict[str, Any] = field(default_factory=dict)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def home(self, label: str) -> Path:
        return self.folder / "accounts" / label / ".codex"

    def add_account(self, label: str, login: Account | None = None, **entry: Any) -> Path:
        """Name the account in accounts.json, with a login in its home or a home that nobody is logged in to."""
        self.accounts.append({"label": label, **entry})
        if login is None:
            self.upstream.write_config(self.home(label))
        else:
            self.upstream.seed_home(login, self.home(label))
        return self.home(label)

    def join(self, collector: "Collector") -> None:
        """Give it the collector's address, and a token of its own."""
        name = self.settings.get("host", "mac-mini")
        self.settings["collector_url"] = collector.url
        token_file = self.folder / "collector.token"
        token_file.touch(0o600)
        token_file.write_text(collector.token("--kind", "agent", "--host", name))

    def write_files(self) -> None:
        codex = {"bin": str(self.codex), "env": self.upstream.codex_env()}
        # JSON is YAML too.
        (self.folder / "hostagent.yaml").write_text(json.dumps({"host": "mac-mini", "codex": codex, **self.settings}))
        (self.folder / "accounts.json").write_text(json.dumps({"accounts": self.accounts}))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        self.write_files()
        return subprocess.Popen(
            [PROGRAMS / "hostagent", *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


@dataclass
class Collector:
    """A running `collector serve`, its command line, and readers of its API."""

    url: str
    environment: Mapping[str, str]
    group: int | None = None
    """Of its processes."""

    def send_signal(self, number: signal.Signals) -> None:
        """To all its processes at once."""
        assert self.group is not None
        os.killpg(self.group, number)

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [PROGRAMS / "collector", *arguments], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def token(self, *arguments: str) -> str:
        return self.run("token", "create", *arguments)

    @cached_property
    def _viewer(self) -> str:
        return self.token("--kind", "viewer")

    def get(self, path: str) -> Any:
        response = requests.get(self.url + path, headers={"Authorization": f"Bearer {self._viewer}"}, timeout=60)
        response.raise_for_status()
        return response.json()

    def latest(self) -> dict[str, dict[str, Any]]:
        return {item["account_label"]: item for item in self.get("/latest")["items"]}


@contextmanager
def serve_collector(
    data_dir: Path, log: Path = Path(os.devnull), programs: Path = PROGRAMS, **settings: str
) -> Iterator[Collector]:
    """`collector serve` on a free port of loopback; `settings` are more of its environment."""
    environment = {"PATH": os.environ["PATH"], "COLLECTOR_DATA_DIR": str(data_dir), **settings}
    with (
        log.open("ab") as stderr,
        subprocess.Popen(
            [programs / "collector", "serve", "--bind", "127.0.0.1:0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            process_group=0,
        ) as serving,
    ):
        assert serving.stdout is not None
        url = serving.stdout.readline().removeprefix("Listening on ").strip()
        try:
            yield Collector(url, environment, serving.pid)
        finally:
            serving.terminate()
