#!/bin/sh
# Makes the collector of this folder a service of the system, or brings that service to what is in this folder now. Needs
# root. Starts and restarts nothing; deploy/README.md says what to type next.
set -eu
cd "$(dirname "$0")/.."

say() { echo "install: $*" >&2; }
[ "$(id -u)" = 0 ] || { say "needs root; type: sudo $0"; exit 64; }
[ "$PWD" = /opt/codex-status-fleet ] || { say "the units look in /opt/codex-status-fleet; put this folder there"; exit 64; }

user=codex-status-fleet
id $user >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir /var/lib/$user --no-create-home --shell /usr/sbin/nologin $user

say "installing the pinned packages into $PWD/.venv"
umask 022
python3 -m venv .venv
pip() { .venv/bin/python -m pip --quiet --disable-pip-version-check "$@"; }
pip install --require-hashes --requirement deploy/requirements/collector.txt --requirement deploy/requirements/build.txt
pip install --no-deps --no-build-isolation --force-reinstall .

install -m 755 deploy/fleet-collector /usr/local/bin/fleet-collector
install -m 644 deploy/systemd/* /etc/systemd/system/
install -d -o $user -g $user -m 700 /var/lib/$user /var/backups/$user
install -d -m 755 /etc/$user
# Yours from the first time on. It may hold a password.
[ -e /etc/$user/collector.env ] || install -m 600 deploy/collector.env.example /etc/$user/collector.env
systemctl daemon-reload
