#!/usr/bin/env python3
"""What deploy/README.md tells people with a VPS or a LAN to type, typed in a Debian of its own with a real systemd.

Type: .venv/bin/python scripts/deploy/vps_drill.py
The Debian is made by debootstrap and booted by systemd-nspawn; it shares this machine's network, so its ports 80, 443
and 8080 must be free. Nobody gives a certificate for fleet.example.com: Caddy's own CA stands in for Let's Encrypt.
Needs root, and Debian's debootstrap and systemd-container; takes about ten minutes.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

import deploy_readme as blocks
from processes import children_of
from verdict import finish, say

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "fleet.example.com"
UNIT = "codex-status-fleet-collector"
_PACKAGES = "systemd,systemd-sysv,dbus,sudo,ca-certificates,curl,openssl,pipx,procps"
# The certificate authorities that Caddy would ask are kept from being asked.
_HOSTS = f"127.0.0.1 localhost debian {DOMAIN} acme-v02.api.letsencrypt.org acme.zerossl.com\n"
_CURL = f"curl --silent --show-error --fail-with-body --cacert /root/fleet-ca.pem https://{DOMAIN}"
_SNAPSHOT = {
    "epoch": "e" * 32,
    "sent_at": "2026-01-01T00:00:00Z",
    "items": [
        {"seq": 1, "account_label": "acc1", "observed_at": "2026-01-01T00:00:00Z", "raw": {}}
        | {"parsed": {"normalized": {"provider": "codex", "windows": {"5h": {"usedPercent": 42}}}}}
    ],
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_debian(Path(folder) / "debian")
        with booted(Path(folder) / "debian") as machine:
            finish(drill(machine))


@dataclass(frozen=True)
class Machine:
    """A Debian that runs; `type` is what its root types in a shell."""

    folder: Path
    leader: int

    def type(self, command: str, typed: str = "", **environment: str) -> str:
        known = {"PATH": "/root/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME": "/root"}
        known |= {"DOMAIN": DOMAIN, "REPOSITORY": "file://localhost/srv/fleet.git", "LANG": "C.UTF-8", **environment}
        say(f"$ {command}")
        done = subprocess.run(
            ["nsenter", "--all", "--target", str(self.leader), "--", "bash", "-ec", f"cd /root; {command}"],
            env=known,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{command}\nexit status {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout.strip()


def make_debian(folder: Path) -> None:
    """With this project in a repository of its own, and what this machine trusts and asks for names."""
    say("making a Debian")
    name = next(
        line for line in Path("/etc/os-release").read_text().splitlines() if line.startswith("VERSION_CODENAME")
    )
    command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", name.partition("=")[2], folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    furnish(folder)


def furnish(folder: Path) -> None:
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", folder / "etc/ssl/certs/ca-certificates.crt")
    (folder / "etc/pip.conf").write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n")
    (folder / "etc/hosts").write_text(_HOSTS)
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, folder / "srv/fleet.git"], check=True)


@contextmanager
def booted(folder: Path) -> Iterator[Machine]:
    command = [
        "systemd-nspawn",
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--hostname=debian",
        "--resolv-conf=copy-host",
        "--boot",
    ]
    with subprocess.Popen(
        [*command, "--console=read-only", "--directory", folder], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as container:
        try:
            while not (children := children_of(container.pid)):
                time.sleep(0.1)
            machine = Machine(folder, children.pop())
            time.sleep(5)
            machine.type("systemctl is-system-running --wait")
            yield machine
        finally:
            # Its own way to be told to halt.
            container.send_signal(signal.SIGTERM)


def drill(machine: Machine) -> dict[str, Any]:
    began_at = time.monotonic()
    for block in (blocks.INSTALL, blocks.NAME, blocks.CADDY_OF_A_LAN):
        machine.type(block)
    wait_for(machine, "curl --silent http://127.0.0.1:8080/healthz")
    wait_for(machine, f"test -s {blocks.CA_FILE}")
    machine.type(blocks.COPY_CA)
    link = machine.type(blocks.SIGN_IN)
    seconds_to_page = round(time.monotonic() - began_at)
    token = machine.type(blocks.FIRST_TOKEN)
    wait_for(machine, f"{_CURL}/healthz")
    machine.type("cat /etc/ssl/certs/ca-certificates.crt fleet-ca.pem >trusted.pem")
    machine.type(blocks.FIRST_HOST, f"{token}\n", REQUESTS_CA_BUNDLE="/root/trusted.pem")
    machine.type("mkdir lan && cp fleet-ca.pem lan/")
    machine.type(f"cd lan; {blocks.HOST_OF_A_LAN}", f"{token}\n")
    auth = f"--header 'Authorization: Bearer {token}' --header 'Content-Type: application/json'"
    machine.type(f"{_CURL}/registry {auth} --data '{json.dumps({'accounts': [{'account_label': 'acc1'}]})}'")
    stored = machine.type(f"{_CURL}/snapshots {auth} --data '{json.dumps(_SNAPSHOT)}'")
    found = {
        "link": link.startswith(f"https://{DOMAIN}/login#code="),
        "snapshot_stored": '"stored"' in stored,
        "user": machine.type(f"ps -o user:32= -p $(systemctl show --value -p MainPID {UNIT})"),
        "seconds_to_the_first_link": seconds_to_page,
        **keep(machine),
        **replace_proxy(machine),
    }
    machine.type(blocks.REMOVE)
    left = machine.type("find / -xdev -name '*codex-status-fleet*' -not -path '/proc/*' -not -path '/root/*' || true")
    is_good = found["link"] and found["snapshot_stored"] and found["user"] == "codex-status-fleet"
    is_good = is_good and all(found[name] for name in ("starts_anew", "restored", "upgraded", "through_nginx"))
    return {"drill": "a VPS from nothing", **found, "left_behind": left, "ok": bool(is_good and not left)}


def keep(machine: Machine) -> dict[str, Any]:
    """Backup, restore, upgrade; and a crash."""
    # Without a Prometheus there is neither its group nor its folder.
    machine.type(blocks.PROMETHEUS_TOKEN.replace("-g prometheus ", "").replace("/etc/prometheus", "/root"))
    viewer = machine.type("cat /root/fleet.token")
    read = f"{_CURL}/latest/acc1 --header 'Authorization: Bearer {viewer}'"
    machine.type(blocks.BACKUP)
    machine.type(blocks.RESTORE)
    wait_for(machine, read)
    restored = '"usedPercent":42' in machine.type(read)
    machine.type(f"systemctl kill --signal=KILL {UNIT}; sleep 3")
    wait_for(machine, read)
    starts_anew = machine.type(f"systemctl is-active {UNIT}") == "active"
    machine.type(blocks.UPGRADE)
    wait_for(machine, read)
    metrics = machine.type(f"{_CURL}/metrics --header 'Authorization: Bearer {viewer}'")
    return {
        "restored": restored,
        "starts_anew": starts_anew,
        "upgraded": '"usedPercent":42' in machine.type(read),
        "metrics": metrics.count("\n"),
        "exposure": re.findall(r"\d+\.\d", machine.type(f"systemd-analyze security {UNIT} | tail -n 1"))[-1],
        "complaints": machine.type(f"journalctl -u {UNIT} -p warning --no-pager -o cat | tail -n 5"),
    }


def replace_proxy(machine: Machine) -> dict[str, Any]:
    """nginx, with the certificate that Caddy has made."""
    made = f"/var/lib/caddy/.local/share/caddy/certificates/local/{DOMAIN}/{DOMAIN}"
    live = f"/etc/letsencrypt/live/{DOMAIN}"
    machine.type(f"mkdir -p {live}; cp {made}.crt {live}/fullchain.pem; cp {made}.key {live}/privkey.pem")
    machine.type("systemctl disable --now caddy; apt-get install --yes nginx")
    machine.type(blocks.NGINX)
    return {"through_nginx": '"ok":true' in machine.type(f"{_CURL}/healthz")}


def wait_for(machine: Machine, command: str) -> None:
    machine.type(f"for _ in $(seq 60); do if {command} >/dev/null 2>&1; then exit; fi; sleep 1; done; {command}")


if __name__ == "__main__":
    main()
