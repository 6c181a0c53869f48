#!/usr/bin/env python3
"""1,500 slow clients at the shipped Caddyfile and nginx.conf, over TLS, while /healthz is asked through them.

Type: .venv/bin/python scripts/faults/slow_clients.py
A third of them sends its head a byte at a time, a third the body of a snapshot with a good token, a third fetches the
whole list of a fleet a few bytes at a time. Whoever is cut off comes again. They call from 250 addresses of loopback;
each /healthz has a connection of its own. Needs Linux, Debian's caddy and nginx; takes about four minutes.
"""

import asyncio
import contextlib
import multiprocessing
import resource
import socket
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import requests
import urllib3
from shipped_proxies import NAME, PROXIES, Site, serve_site
from verdict import finish, say

CLIENTS, ADDRESSES, SECONDS = 1_500, 250, 90
ACCOUNTS = 100
GOAL_MS = 250
_EVERY_SECONDS = 1.0
_OPEN_FILES, _AT_THE_DOOR = 16_384, 20


@dataclass(frozen=True)
class Crowd:
    """How many there are, and for how long /healthz is asked meanwhile."""

    clients: int
    seconds: float


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_OPEN_FILES, most), most))
    found = []
    for proxy in PROXIES:
        with tempfile.TemporaryDirectory() as folder:
            found.append(besiege(proxy, Path(folder), Crowd(CLIENTS, SECONDS)))
            say(str(found[-1]))
    finish({"fault": "slow clients", "proxies": found, "ok": all(each["ok"] for each in found)})


def besiege(proxy: str, folder: Path, crowd: Crowd) -> dict[str, Any]:
    # nginx's workers are not root and keep the bodies of others in there.
    folder.chmod(0o755)
    with serve_site(proxy, folder) as site:
        tokens = _make_fleet(site)
        alone = _percentiles(_ask_often(site, crowd.seconds / 3))
        with _slow(site, tokens, crowd.clients) as connected:
            _wait_for(connected, crowd.clients)
            beside = _percentiles(_ask_often(site, crowd.seconds))
            still_there = connected.value
    return {
        "proxy": proxy,
        "slow_clients": crowd.clients,
        "connected_at_the_end": still_there,
        **{f"alone_{name}": value for name, value in alone.items()},
        **{f"beside_{name}": value for name, value in beside.items()},
        "ok": beside["failed"] == 0 and beside["p99_ms"] < GOAL_MS and still_there > crowd.clients * 0.8,
    }


def _make_fleet(site: Site) -> tuple[str, str]:
    """An agent's token and a viewer's, and accounts enough that their list is no small answer."""
    agent, viewer = site.collector.token("--kind", "agent", "--host", "slow"), site.collector.token("--kind", "viewer")
    headers = {"Authorization": f"Bearer {agent}"}
    registry = {"accounts": [{"account_label": f"acc{number}", "note": "n" * 200} for number in range(ACCOUNTS)]}
    requests.post(f"{site.collector.url}/registry", json=registry, headers=headers, timeout=60).raise_for_status()
    items = [
        {"seq": number + 1, "account_label": f"acc{number}", "observed_at": _now(), "raw": {"filler": "x" * 2_000}}
        | {"parsed": {"normalized": {"provider": "codex", "windows": {}}}}
        for number in range(ACCOUNTS)
    ]
    batch = {"epoch": "e" * 32, "sent_at": _now(), "items": items}
    requests.post(f"{site.collector.url}/snapshots", json=batch, headers=headers, timeout=60).raise_for_status()
    return agent, viewer


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _ask_often(site: Site, seconds: float) -> list[float]:
    """Milliseconds of each /healthz, a new connection with all that belongs to it; infinite for one that failed."""
    times = []
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        began_at = time.perf_counter()
        try:
            pool = site.connect(site.certificate.ca_file)
            is_good = pool.request("GET", "/healthz", headers={"Host": NAME, "Connection": "close"}).status == 200
        except (urllib3.exceptions.HTTPError, OSError):
            is_good = False
        times.append((time.perf_counter() - began_at) * 1000 if is_good else float("inf"))
        time.sleep(0.05)
    return times


def _percentiles(times: list[float]) -> dict[str, Any]:
    ordered = sorted(times)
    return {
        "asked": len(ordered),
        "failed": sum(each == float("inf") for each in ordered),
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
    }


@contextmanager
def _slow(site: Site, tokens: tuple[str, str], clients: int) -> Iterator["Synchronized[int]"]:
    """All of them, in a process of their own; how many are connected just now."""
    connected = multiprocessing.Value("i", 0)
    arguments = (site.https_port, str(site.certificate.ca_file), tokens, clients, connected)
    process = multiprocessing.get_context("fork").Process(target=_run_slow, args=arguments, daemon=True)
    process.start()
    try:
        yield connected
    finally:
        process.kill()
        process.join()


def _wait_for(connected: "Synchronized[int]", clients: int) -> None:
    """Until nearly all are there; some are always being cut off."""
    ends_at = time.monotonic() + 120
    while connected.value < clients * 0.9:
        assert time.monotonic() < ends_at, f"only {connected.value} came in"
        time.sleep(0.1)


@dataclass(frozen=True)
class Door:
    """Where they come in, no more at once than a small machine can shake hands with; how many are inside."""

    port: int
    context: ssl.SSLContext
    connected: "Synchronized[int]"
    entrance: asyncio.Semaphore


def _run_slow(port: int, ca_file: str, tokens: tuple[str, str], clients: int, connected: "Synchronized[int]") -> None:
    agent, viewer = tokens
    post = f"POST /snapshots HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"
    # What is sent at once, and what is trickled after it; nothing where the answer is fetched slowly.
    kinds = [
        (f"GET /healthz HTTP/1.1\r\nHost: {NAME}\r\nX-Slow: ", b"x"),
        (f"{post}Authorization: Bearer {agent}\r\n\r\n", b" "),
        (f"GET /latest HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: Bearer {viewer}\r\n\r\n", b""),
    ]

    async def be_slow() -> None:
        context = ssl.create_default_context(cafile=ca_file)
        door = Door(port, context, connected, asyncio.Semaphore(_AT_THE_DOOR))
        await asyncio.gather(*(_dawdle(door, number, *kinds[number % 3]) for number in range(clients)))

    asyncio.run(be_slow())


async def _dawdle(door: Door, number: int, head: str, drop: bytes) -> None:
    """Forever: whoever is cut off comes again."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with door.entrance:
                client = await _connect(door.port, number)
                reader, writer = await asyncio.open_connection(
                    sock=client, ssl=door.context, server_hostname=NAME, limit=1024
                )
                writer.write(head.encode())
            door.connected.value += 1
            try:
                await _trickle(reader, writer, drop)
            finally:
                door.connected.value -= 1
                writer.close()
        await asyncio.sleep(_EVERY_SECONDS)


async def _trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drop: bytes) -> None:
    """Until the other side has had enough."""
    while (drop or await reader.read(16)) and not (writer.transport.is_closing() or reader.at_eof()):
        await asyncio.sleep(_EVERY_SECONDS)
        writer.write(drop)
        await writer.drain()


async def _connect(port: int, number: int) -> socket.socket:
    """From one of many addresses, and with little room for what the other side sends."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    client.bind((f"127.0.0.{2 + number % ADDRESSES}", 0))
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
    return client


if __name__ == "__main__":
    main()
