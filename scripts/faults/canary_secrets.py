#!/usr/bin/env python3
"""A canary in every credential of a host: every command is typed, and none of them may be found outside its own file.

Type: .venv/bin/python scripts/faults/canary_secrets.py
Searched are argument lists and environments of all processes meanwhile, everything the agent prints, all files of the
host, every request to the collector, its database and its log, and what the providers are asked. The providers' answers
echo the secrets wherever they can. Needs Linux; takes about three minutes.
"""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import requests
from canaries import ProcessWatcher
from canary_host import ITS_OWN_FILES, CanaryHost
from fakes.anthropic import FakeAnthropic
from fakes.chatgpt import FakeChatGPT
from fakes.proxy import Passed, Proxy
from hosts import pinned_codex
from programs import Collector, serve_collector
from terminal import hostagent
from verdict import finish, say

ROUNDS = 3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        finish(search_for_canaries(Path(folder), pinned_codex(), ROUNDS, is_everything_typed=True))


def search_for_canaries(folder: Path, codex: Path, rounds: int, *, is_everything_typed: bool) -> dict[str, Any]:
    """Let `hostagent run` read every account so often, and type every command, or the most important ones."""
    data_dir, log = folder / "collector", folder / "collector.log"
    with ExitStack() as stack:
        upstream, api = stack.enter_context(FakeChatGPT()), stack.enter_context(FakeAnthropic())
        collector = stack.enter_context(serve_collector(data_dir, log, COLLECTOR_LOG_LEVEL="DEBUG"))
        proxy = stack.enter_context(Proxy(collector.url))
        search = Search(CanaryHost(folder, upstream, api, codex))
        with ProcessWatcher() as watcher:
            typist = Typist(search, collector, proxy)
            typist.begin(rounds)
            if is_everything_typed:
                typist.type_the_rest()
        search.host.plant_tokens()  # those that codex has renewed meanwhile
        search.look_at_processes(watcher)
        search.look_at_requests(proxy.passed)
        search.look_at_providers(upstream, api)
        search.look_at_files()
    search.look_at_collector([log, *data_dir.rglob("*")])
    return search.verdict()


class Search:
    """Where secrets, or what else may not travel, was found, in sentences."""

    def __init__(self, host: CanaryHost) -> None:
        self.host = host
        self.found: list[str] = []
        self.searched_bytes: dict[str, int] = {}
        self.printed: dict[str, bytes] = {}

    def look(self, kind: str, place: str, content: bytes) -> None:
        self.searched_bytes[kind] = self.searched_bytes.get(kind, 0) + len(content)
        self.found += [f"{name} in {kind}: {place}" for name in sorted(self.host.canaries.find_in(content))]

    def look_at_processes(self, watcher: ProcessWatcher) -> None:
        for arguments in watcher.arguments:
            self.look("argument lists", repr(arguments[:200]), arguments)
            # The agent's own may hold what was there when it was typed; what it starts gets none of it.
            if b"hostagent" not in arguments:
                self.look("environments", repr(arguments[:200]), watcher.environments.get(arguments, b""))
        if not any(b"app-server" in arguments for arguments in watcher.arguments):
            self.found.append("no codex was seen at all")

    def look_at_requests(self, passed: list[Passed]) -> None:
        for request in passed:
            headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
            content = f"{request.path} {headers} ".encode() + request.body
            self.look("requests to the collector", request.path, content)
            if self.host.path.encode() in content:
                self.found.append(f"a path in a request: {request.path}")
            if request.headers.get("Authorization") != f"Bearer {self.host.token}":
                self.found.append(f"no token in the header of {request.path}")
            if request.path == "/snapshots":
                self._look_at_errors(json.loads(request.body)["items"])

    def _look_at_errors(self, items: list[dict[str, Any]]) -> None:
        """An e-mail is part of a reading, but not of an error."""
        messages = [item["error"]["message"] for item in items if item["error"]]
        self.found += [f"an e-mail in an error: {message}" for message in messages if self.host.email in message]

    def look_at_providers(self, upstream: FakeChatGPT, api: FakeAnthropic) -> None:
        for asked in upstream.requests:
            self.look("URLs of ChatGPT", asked.path, asked.path.encode())
        for request in api.seen:
            self.look("requests to Claude", request.path, repr(request).encode())

    def look_at_files(self) -> None:
        for path in self.host.folder.rglob("*"):
            if path.is_file() and path.name not in ITS_OWN_FILES:
                self.look("files of the host", str(path), bytes(path) + path.read_bytes())

    def look_at_collector(self, paths: list[Path]) -> None:
        for path in paths:
            if path.is_file():
                content = path.read_bytes()
                self.look("files of the collector", path.name, content)
                if self.host.path.encode() in content:
                    self.found.append(f"a path in {path.name}")

    def verdict(self) -> dict[str, Any]:
        for command, output in self.printed.items():
            self.look("output of the agent", command, output)
        known = self.host.count_in_own_files()
        is_complete = all(self.searched_bytes.values()) and known > 0
        return {
            "fault": "canary secrets",
            "secrets": len(self.host.canaries),
            "secrets_in_their_own_files": known,
            "commands": len(self.printed),
            "searched_bytes": self.searched_bytes,
            "found": self.found,
            "ok": is_complete and not self.found,
        }


class Typist:
    """Types every command that there is."""

    def __init__(self, search: Search, collector: Collector, proxy: Proxy) -> None:
        self._search = search
        self._host = search.host
        self._collector = collector
        self._proxy = proxy

    def begin(self, rounds: int) -> None:
        self._type("init", "--collector", self._proxy.url, typed=self._host.join(self._collector, self._proxy.url))
        self._host.write_files()
        self._run(rounds)
        self._proxy.unplug()
        self._type("push")
        self._search.look_at_files()
        self._proxy.plug_in()
        for command in ("push --json", "status --json", "accounts", "doctor"):
            self._type(*command.split())

    def type_the_rest(self) -> None:
        for label in self._host.labels():
            self._type("probe", label)
            self._type("probe", label, "--json")
        self._type_looks()
        self._type_changes()

    def _run(self, rounds: int) -> None:
        agent = self._host.start("run")
        gives_up_at = time.monotonic() + 60 * rounds
        while self._host.rounds() < rounds and agent.poll() is None and time.monotonic() < gives_up_at:
            time.sleep(0.2)
        if rounds > 1:
            # Half a minute, for an account that failed just now.
            headers = {"Authorization": f"Bearer {self._collector.token('--kind', 'admin')}"}
            requests.post(f"{self._collector.url}/refresh?wait=30", headers=headers, timeout=60)
        agent.terminate()
        self._search.printed["run"] = "".join(agent.communicate()).encode()
        say(f"hostagent run: {self._host.rounds()} rounds")

    def _type_looks(self) -> None:
        for command in ("accounts --json", "status", "login --status", "login --status --json", "doctor --json"):
            self._type(*command.split())
        for command in ("--help", "--version", "install-service --print", "logs", "probe nobody", "wrong"):
            self._type(*command.split())
        for command in ("run --once", "register"):
            self._type(*command.split())

    def _type_changes(self) -> None:
        self._type("note", "fine", "until March")
        self._type("disable", "fine")
        self._type("enable", "fine")
        self._type("add", "somebody@example.com")
        self._type("add-key", typed=self._host.another_key())
        self._type("capture", "captured", "--from", ".codex", "--yes")
        self._type("login", "fine")
        self._type("push")
        self._type("remove", "dead", "--delete-login", "--yes")

    def _type(self, *arguments: str, typed: str = "") -> None:
        done = hostagent(self._host.folder, *arguments, typed=typed, environment=self._host.environment)
        command = f"{len(self._search.printed)}: {' '.join(arguments)}"
        self._search.printed[command] = f"{done.stdout}{done.stderr}".encode()
        say(f"hostagent {' '.join(arguments)}: exit status {done.returncode}")


if __name__ == "__main__":
    main()
