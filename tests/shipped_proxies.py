"""Debian's Caddy and nginx with the files of deploy/, on ports of their own and with a certificate of a test's CA.

Everything is called by its real name, fleet.example.com, which leads to this machine.
"""

import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import trustme
import urllib3
from ports import free_port
from programs import Collector, serve_collector

ROOT = Path(__file__).resolve().parents[1]
NAME = "fleet.example.com"
# Makes a program's own DNS lead there.
NAMED = {"PYTHONPATH": str(ROOT / "tests/fakes/names"), "FAKE_NAME": NAME}
PROXIES = ("caddy", "nginx")


def find_proxy(name: str) -> str | None:
    """None where it is not installed. Debian keeps nginx where a user's PATH does not lead."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


@dataclass(frozen=True)
class Certificate:
    """Of fleet.example.com, by a CA that nobody else knows."""

    ca_file: Path
    chain_file: Path
    key_file: Path


def issue_certificate(folder: Path) -> Certificate:
    ca = trustme.CA()
    issued = ca.issue_cert(NAME)
    files = Certificate(folder / "ca.pem", folder / "fullchain.pem", folder / "privkey.pem")
    ca.cert_pem.write_to_path(files.ca_file)
    files.chain_file.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(files.key_file)
    return files


@dataclass
class Site:
    """A collector behind a proxy. `reload()`: the proxy reads its file anew."""

    collector: Collector
    certificate: Certificate
    https_port: int
    http_port: int
    process: subprocess.Popen[bytes]
    reload: Callable[[], None]

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.https_port}"

    @cached_property
    def pool(self) -> urllib3.HTTPSConnectionPool:
        return self.connect(self.certificate.ca_file)

    def connect(self, ca_file: Path, name: str = NAME) -> urllib3.HTTPSConnectionPool:
        trust = {"ca_certs": str(ca_file), "server_hostname": name, "assert_hostname": name}
        return urllib3.HTTPSConnectionPool(
            "127.0.0.1", self.https_port, headers={"Host": name}, retries=False, timeout=60, maxsize=20, **trust
        )


@contextmanager
def serve_site(proxy: str, folder: Path, **settings: str) -> Iterator[Site]:
    """`settings` are more of the collector's environment."""
    https_port, http_port = free_port(), free_port()
    settings |= {"COLLECTOR_PUBLIC_URL": f"https://{NAME}:{https_port}", "COLLECTOR_TRUSTED_PROXIES": "1"}
    certificate = issue_certificate(folder)
    with serve_collector(folder / "collector", **settings) as collector:
        ports = {"https": https_port, "http": http_port, "collector": int(collector.url.rpartition(":")[2])}
        begin = {"caddy": _begin_caddy, "nginx": _begin_nginx}[proxy]
        process, reload = begin(folder, certificate, ports)
        site = Site(collector, certificate, https_port, http_port, process, reload)
        try:
            _wait_until_up(site)
            yield site
        finally:
            process.terminate()
            process.wait(timeout=60)


def _begin_caddy(
    folder: Path, certificate: Certificate, ports: dict[str, int]
) -> tuple[subprocess.Popen[bytes], Callable[[], None]]:
    config = ROOT / "deploy/Caddyfile"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "FLEET_DOMAIN": NAME,
        "FLEET_ADMIN": f"unix/{folder}/admin.sock",
        "FLEET_TLS": f"{certificate.chain_file} {certificate.key_file}",
        "FLEET_HTTPS_PORT": str(ports["https"]),
        "FLEET_HTTP_PORT": str(ports["http"]),
        "FLEET_COLLECTORS": f"127.0.0.1:{ports['collector']}",
    }
    program = find_proxy("caddy")
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    if not re.match(r"v?2\.6\.[0-2]\b", version):
        environment["FLEET_BUFFER"] = "request_buffers 1MiB"

    def reload() -> None:
        command = [program, "reload", "--force", "--config", config]
        subprocess.run(command, env=environment, check=True, capture_output=True)

    return _start([program, "run", "--config", config], folder, environment), reload


def _begin_nginx(
    folder: Path, certificate: Certificate, ports: dict[str, int]
) -> tuple[subprocess.Popen[bytes], Callable[[], None]]:
    config = folder / "nginx.conf"
    config.write_text(_nginx_of_a_test((ROOT / "deploy/nginx.conf").read_text(), folder, certificate, ports))
    process = _start([find_proxy("nginx"), "-c", config, "-g", "daemon off;"], folder, {"PATH": os.environ["PATH"]})
    return process, lambda: process.send_signal(signal.SIGHUP)


def _nginx_of_a_test(text: str, folder: Path, certificate: Certificate, ports: dict[str, int]) -> str:
    """What somebody with this certificate would change in the file, and the places that a test must not touch."""
    live = f"/etc/letsencrypt/live/{NAME}"
    changes = {
        "listen 80 ": f"listen 127.0.0.1:{ports['http']} ",
        "listen 443 ": f"listen 127.0.0.1:{ports['https']} ",
        "    listen [::]:": "    # listen [::]:",
        f"{live}/fullchain.pem": str(certificate.chain_file),
        f"{live}/privkey.pem": str(certificate.key_file),
        "server 127.0.0.1:8080": f"server 127.0.0.1:{ports['collector']}",
        "/run/nginx.pid": str(folder / "nginx.pid"),
        "/var/log/nginx/error.log": str(folder / "nginx-error.log"),
    }
    for shipped, here in changes.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text


def _start(command: list[str | Path | None], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "proxy.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)


def _wait_until_up(site: Site) -> None:
    for _ in range(300):
        if site.process.poll() is not None:
            break
        try:
            site.pool.request("GET", "/healthz")
        except (urllib3.exceptions.HTTPError, ssl.SSLError, OSError):
            time.sleep(0.05)
        else:
            return
    log = site.certificate.ca_file.with_name("proxy.log").read_text()
    raise AssertionError(f"the proxy did not start:\n{log}")
